//! Letters, mailed links, second factors and marks.

use async_trait::async_trait;
use bailiwick_domain::ports::{
    Letter, LinkPurpose, MailedLink, PeopleLookup, PeopleRecord, SecondFactor, StoreError,
};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::{Cells, micros, to_json};
use crate::run;
use crate::store::{Place, Sea, SeaUnit};
use crate::table::insert;

const LETTER: &[&str] = &["id", "at", "due_at", "attempts", "what"];
const LINK: &[&str] = &["hash", "purpose", "subject", "address", "data", "expires_at"];
const FACTOR: &[&str] = &["secret", "confirmed_at", "last_step", "recovery"];

#[async_trait]
impl<P: Place> PeopleLookup for Sea<P> {
    async fn letters(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<Letter>, StoreError> {
        let select = Query::select()
            .columns(LETTER.iter().copied())
            .from("letters")
            .and_where(Expr::col("due_at").lte(micros(now)))
            .order_by("due_at", Order::Asc)
            .order_by("id", Order::Asc)
            .limit(limit as u64)
            .take();
        let mut letters = Vec::new();
        for row in run::all(self.conn(), &select).await? {
            let mut cells = Cells::new(&row);
            letters.push(Letter {
                id: cells.id()?,
                at: cells.instant()?,
                due_at: cells.instant()?,
                attempts: cells.next()?,
                what: cells.json()?,
            });
        }
        Ok(letters)
    }

    async fn mailed_link(&self, hash: &str) -> Result<Option<MailedLink>, StoreError> {
        let select = Query::select()
            .columns(LINK.iter().copied())
            .from("mailed_links")
            .and_where(Expr::col("hash").eq(hash))
            .take();
        let Some(row) = run::one(self.conn(), &select).await? else { return Ok(None) };
        let mut cells = Cells::new(&row);
        Ok(Some(MailedLink {
            hash: cells.text()?,
            purpose: cells.word(LinkPurpose::from_word)?,
            subject: cells.id()?,
            address: cells.text()?,
            data: cells.json()?,
            expires_at: cells.instant()?,
        }))
    }

    async fn users_at(&self, address: &str) -> Result<Vec<Uuid>, StoreError> {
        let select = Query::select()
            .column("id")
            .from("users")
            .and_where(Expr::col("proved_email").eq(address.to_ascii_lowercase()))
            .order_by("id", Order::Asc)
            .take();
        run::all(self.conn(), &select).await?.iter().map(|row| Cells::new(row).id()).collect()
    }

    async fn second_factor(&self, user: Uuid) -> Result<Option<SecondFactor>, StoreError> {
        let select = Query::select()
            .columns(FACTOR.iter().copied())
            .from("second_factors")
            .and_where(Expr::col("user_id").eq(user))
            .take();
        let Some(row) = run::one(self.conn(), &select).await? else { return Ok(None) };
        let mut cells = Cells::new(&row);
        Ok(Some(SecondFactor {
            secret: cells.text()?,
            confirmed_at: cells.maybe_instant()?,
            last_step: cells.next()?,
            recovery: cells.json()?,
        }))
    }

    async fn marks(&self, keys: &[String]) -> Result<Vec<(String, OffsetDateTime)>, StoreError> {
        let select = Query::select()
            .columns(["key", "at"])
            .from("marks")
            .and_where(Expr::col("key").is_in(keys.iter().map(String::as_str)))
            .take();
        let mut found = Vec::new();
        for row in run::all(self.conn(), &select).await? {
            let mut cells = Cells::new(&row);
            found.push((cells.text()?, cells.instant()?));
        }
        Ok(found)
    }
}

#[async_trait]
impl PeopleRecord for SeaUnit {
    async fn post(&self, letter: &Letter) -> Result<(), StoreError> {
        let values = [
            letter.id.into(),
            micros(letter.at).into(),
            micros(letter.due_at).into(),
            letter.attempts.into(),
            letter.what.to_string().into(),
        ];
        let row = LETTER.iter().copied().zip(values).collect();
        run::write(self.conn(), &insert("letters", row)?).await.map(|_| ())
    }

    async fn take_letter(&self, letter: &Letter, next: OffsetDateTime) -> Result<bool, StoreError> {
        let update = Query::update()
            .table("letters")
            .value("attempts", letter.attempts + 1)
            .value("due_at", micros(next))
            .and_where(Expr::col("id").eq(letter.id))
            .and_where(Expr::col("attempts").eq(letter.attempts))
            .take();
        Ok(run::write(self.conn(), &update).await? == 1)
    }

    async fn remove_letter(&self, id: Uuid) -> Result<(), StoreError> {
        let delete = Query::delete().from_table("letters").and_where(Expr::col("id").eq(id)).take();
        run::write(self.conn(), &delete).await.map(|_| ())
    }

    async fn add_link(&self, link: &MailedLink) -> Result<(), StoreError> {
        let MailedLink { hash, purpose, subject, address, data, expires_at } = link;
        let values = [
            hash.as_str().into(),
            purpose.word().into(),
            (*subject).into(),
            address.as_str().into(),
            data.to_string().into(),
            micros(*expires_at).into(),
        ];
        let row = LINK.iter().copied().zip(values).collect();
        run::write(self.conn(), &insert("mailed_links", row)?).await.map(|_| ())
    }

    async fn use_link(&self, hash: &str) -> Result<bool, StoreError> {
        let delete = Query::delete().from_table("mailed_links").and_where(Expr::col("hash").eq(hash)).take();
        Ok(run::write(self.conn(), &delete).await? == 1)
    }

    async fn end_links_of(&self, subject: Uuid) -> Result<(), StoreError> {
        let delete =
            Query::delete().from_table("mailed_links").and_where(Expr::col("subject").eq(subject)).take();
        run::write(self.conn(), &delete).await.map(|_| ())
    }

    async fn set_second_factor(&self, user: Uuid, factor: Option<&SecondFactor>) -> Result<(), StoreError> {
        let delete =
            Query::delete().from_table("second_factors").and_where(Expr::col("user_id").eq(user)).take();
        run::write(self.conn(), &delete).await?;
        let Some(SecondFactor { secret, confirmed_at, last_step, recovery }) = factor else { return Ok(()) };
        let values =
            [secret.as_str().into(), confirmed_at.map(micros).into(), (*last_step).into(), to_json(recovery)];
        let mut row: Vec<_> = FACTOR.iter().copied().zip(values).collect();
        row.push(("user_id", user.into()));
        run::write(self.conn(), &insert("second_factors", row)?).await.map(|_| ())
    }

    async fn set_mark(&self, key: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        let update =
            Query::update().table("marks").value("at", micros(at)).and_where(Expr::col("key").eq(key)).take();
        if run::write(self.conn(), &update).await? > 0 {
            return Ok(());
        }
        let row = vec![("key", key.into()), ("at", micros(at).into())];
        match run::write_unique(self.conn(), &insert("marks", row)?, "key").await {
            // Somebody else has set it for the first time just now.
            Err(StoreError::Taken(_)) => Err(StoreError::Retry),
            set => set.map(|_| ()),
        }
    }

    async fn tidy(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        for (table, column) in [("mailed_links", "expires_at"), ("marks", "at")] {
            let delete =
                Query::delete().from_table(table).and_where(Expr::col(column).lte(micros(now))).take();
            run::write(self.conn(), &delete).await?;
        }
        Ok(())
    }
}
