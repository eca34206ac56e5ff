//! First arguments of handlers about machines: what nodes report, and what is told of what they work on.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::Cx;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Entity;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::access::{Access, AccessRule, Principals, Takes};
use crate::body::Body;
use crate::extract::{Extracting, extractor};
use crate::problem::Problem;
use crate::request::{context, path_id, refuse_unknown, take_flag, wish};

extractor! {
    /// Telling those who work on an object something of it, such as to stop.
    Tell<T: Entity> {
        /// Which one.
        id: Uuid,
    }
    rule = AccessRule {
        under: Some(T::KIND),
        takes: Takes { dry_run: true, if_match: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Send, Kind::Event)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"),)
    }
}

extractor! {
    /// What a node reports of an object that it works on, by a body.
    Report<T: Entity, B: DeserializeOwned> {
        /// Which one.
        id: Uuid,
        /// The body.
        body: B,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::NODES, Operation::Edit, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let body = payload.json(&request)?;
        cx.wish.dry_run = take_flag(&mut pairs, "dry_run")?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// A deed of nodes.
    Worker<B: DeserializeOwned> {
        /// The body.
        body: B,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, ..Takes::NOTHING },
        ..AccessRule::plain(Principals::NODES)
    };
    extract(request, payload, cx, pairs) {
        let body = payload.json(&request)?;
        cx.wish.dry_run = take_flag(&mut pairs, "dry_run")?;
        (body,)
    }
}
