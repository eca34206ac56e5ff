//! The event bus of one process.

use async_trait::async_trait;
use bailiwick_domain::ports::{EventBus, OutboxEvent};
use tokio::sync::broadcast::{self, Receiver, Sender};

/// Hands each event to everybody who listens in this process. With nobody listening, an event is gone: what is
/// kept is the change that it tells of.
#[derive(Debug, Clone)]
pub struct Broadcast(Sender<OutboxEvent>);

impl Broadcast {
    /// How many events are kept at most for a listener who lags behind; room for all of them is taken at once.
    const MOST_KEPT: usize = 1 << 16;

    /// A bus that keeps this many events for a listener who lags behind; of older ones it is told that it missed
    /// them.
    pub fn new(kept: usize) -> Self {
        Self(Sender::new(kept.clamp(1, Self::MOST_KEPT)))
    }

    /// Listens to everything published from now on.
    pub fn listen(&self) -> Receiver<OutboxEvent> {
        self.0.subscribe()
    }
}

#[async_trait]
impl EventBus for Broadcast {
    async fn publish(&self, event: &OutboxEvent) -> Result<(), String> {
        // It fails only when nobody listens.
        let _: Result<usize, broadcast::error::SendError<OutboxEvent>> = self.0.send(event.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::Kind;
    use time::macros::datetime;
    use tokio::sync::broadcast::error::TryRecvError;
    use uuid::Uuid;

    use super::*;

    fn event(number: u128) -> OutboxEvent {
        OutboxEvent {
            id: Uuid::from_u128(number),
            at: datetime!(2026-11-01 12:00 UTC),
            topic: "job.created".to_owned(),
            kind: Kind::Job,
            object_id: Uuid::from_u128(7),
            payload: serde_json::json!({}),
        }
    }

    #[tokio::test]
    async fn everybody_who_listens_gets_everything_in_order() {
        let bus = Broadcast::new(8);
        let (mut one, mut two) = (bus.listen(), bus.clone().listen());
        for number in 1..=3 {
            bus.publish(&event(number)).await.unwrap();
        }
        for number in 1..=3 {
            assert_eq!(one.recv().await.unwrap(), event(number));
            assert_eq!(two.recv().await.unwrap(), event(number));
        }
        assert_eq!(one.try_recv(), Err(TryRecvError::Empty));
    }

    #[tokio::test]
    async fn with_nobody_listening_publishing_is_no_failure_and_nothing_is_kept() {
        let bus = Broadcast::new(8);
        assert_eq!(bus.publish(&event(1)).await, Ok(()));
        let mut late = bus.listen();
        bus.publish(&event(2)).await.unwrap();
        assert_eq!(late.recv().await.unwrap(), event(2));
    }

    #[tokio::test]
    async fn who_lags_behind_is_told_how_much_was_missed() {
        let bus = Broadcast::new(2);
        let mut slow = bus.listen();
        for number in 1..=5 {
            bus.publish(&event(number)).await.unwrap();
        }
        assert_eq!(slow.try_recv(), Err(TryRecvError::Lagged(3)));
        assert_eq!(slow.try_recv(), Ok(event(4)));
    }

    #[tokio::test]
    async fn no_size_is_refused() {
        for kept in [0, usize::MAX] {
            let bus = Broadcast::new(kept);
            let mut listener = bus.listen();
            bus.publish(&event(1)).await.unwrap();
            assert_eq!(listener.recv().await.unwrap(), event(1));
        }
    }
}
