//! Users are changed through the guards alone.
use bailiwick_domain::entities::User;
use bailiwick_domain::object::Changed;
use bailiwick_domain::{Edit, Granted};
use time::OffsetDateTime;

fn rename(user: Granted<'_, Edit, User>, now: OffsetDateTime) -> Changed<User> {
    user.change(now, |user| user.username.clear())
}

fn main() {}
