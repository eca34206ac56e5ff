//! A handler that has its answer ready: what HTTP alone costs.

use std::net::SocketAddr;

use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context;

use crate::serving;

/// Serves these bytes, on as many workers as ours has, on threads that last as long as the process.
///
/// # Errors
/// No port is free.
pub fn serve(body: Vec<u8>) -> anyhow::Result<SocketAddr> {
    serving::serve(async move || bind(body))
}

fn bind(body: Vec<u8>) -> anyhow::Result<SocketAddr> {
    let body = web::Bytes::from(body);
    let server = HttpServer::new(move || {
        let body = body.clone();
        let answer = move || {
            let body = body.clone();
            async { HttpResponse::Ok().insert_header(ContentType::json()).body(body) }
        };
        App::new().default_service(web::to(answer))
    })
    .disable_signals()
    .bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().context("no address")?;
    actix_web::rt::spawn(server.run());
    Ok(address)
}
