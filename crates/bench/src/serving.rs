//! Servers of this process, on threads that last as long as it does.

use std::sync::mpsc;

/// Runs what begins a server, and the server after it, on a thread of their own; answers what began it.
///
/// # Errors
/// That of what begins it; the thread ends then.
pub fn serve<T, B>(begin: impl FnOnce() -> B + Send + 'static) -> anyhow::Result<T>
where
    T: Send + 'static,
    B: Future<Output = anyhow::Result<T>>,
{
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let begun = begin().await;
            let serves = begun.is_ok();
            if tell.send(begun).is_ok() && serves {
                std::future::pending::<()>().await;
            }
        });
    });
    told.recv()?
}
