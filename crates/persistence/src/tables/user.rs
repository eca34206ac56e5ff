//! Users. Their password hash is in their row, but never in the object.

use bailiwick_domain::entities::{Standing, User};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object, PrincipalKind};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, Query};
use uuid::Uuid;

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for User {
    const TABLE: &'static str = "users";
    const LEVELS: &'static [Level] = &[Level::Organization];
    const COLUMNS: &'static [&'static str] =
        &["username", "email", "email_verified_at", "proved_email", "status"];
    const NAME: Option<&'static str> = Some("username");
    const NAMES: &'static [Names] = &[Names::Maker];
    const CONCERNS: Concerns = Concerns::Itself;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        let (username, email, email_verified_at) = (cells.text()?, cells.next()?, cells.maybe_instant()?);
        cells.skip(1);
        Ok(Self { username, email, email_verified_at, status: cells.word(Standing::from_word)? })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { username, email, email_verified_at, status } = &object.data;
        vec![
            ("username", username.as_str().into()),
            ("email", email.clone().into()),
            ("email_verified_at", email_verified_at.map(micros).into()),
            // What it is looked up by.
            ("proved_email", object.data.proved_email().map(str::to_ascii_lowercase).into()),
            ("status", status.word().into()),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        // The keys that act for them, with the grants of those; sessions and tokens go with the row itself.
        let made_by_them = || {
            let is_user = Expr::col("maker_kind").eq(PrincipalKind::User.word());
            Expr::col("maker_id").is_in(ids.iter().copied()).and(is_user)
        };
        let keys = Query::select().column("id").from("api_keys").and_where(made_by_them()).take();
        vec![
            Query::delete()
                .from_table("grants")
                .and_where(Expr::col("principal_kind").eq(PrincipalKind::ApiKey.word()))
                .and_where(Expr::col("principal_id").in_subquery(keys))
                .take(),
            Query::delete().from_table("api_keys").and_where(made_by_them()).take(),
        ]
    }
}
