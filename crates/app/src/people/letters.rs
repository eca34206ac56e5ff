//! Letters: posted in the unit that they tell of, sent afterwards, again until the carrier takes them.

use bailiwick_domain::ports::{Letter, Mail, Mailer, PeopleLookup, PeopleRecord, Unit};
use serde::{Deserialize, Serialize};
use time::Duration;
use uuid::Uuid;

use super::News;
use crate::cx::Cx;
use crate::error::AppError;

mod write;

/// After how long a letter is tried again, at first; twice as long each time.
const AGAIN: Duration = Duration::seconds(15);
/// The longest time between two attempts.
const AT_MOST: Duration = Duration::hours(1);
/// When a letter is given up.
const GIVEN_UP: Duration = Duration::days(3);

/// What a letter is about. Nothing in it is secret: links are made when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub(crate) enum What {
    /// A new password was asked for, for this account or address, whether or not there is one.
    Recover { account: String },
    /// An address is to be proved.
    Prove { user: Uuid, address: String },
    /// An invitation.
    Invite { invitation: Uuid },
    /// Somebody at this address wants an account.
    Register {
        address: String,
        /// The client app that they came through.
        #[serde(default)]
        through: Option<Uuid>,
    },
    /// Something happened.
    Tell { user: Uuid, to: String, news: News },
}

/// Fails where letters can't be sent.
///
/// # Errors
/// The server has no mail.
pub(crate) fn must_be_sent(cx: &Cx) -> Result<(), AppError> {
    if cx.app.people.mail {
        return Ok(());
    }
    Err(AppError::State("this server sends no mail: its operator sets `mail` first"))
}

/// Posts a letter, to be sent when the unit has been committed.
pub(crate) async fn post(cx: &Cx, unit: &dyn Unit, what: &What) -> Result<(), AppError> {
    let now = cx.gate.now();
    let what = serde_json::to_value(what).unwrap_or_default();
    let letter = Letter { id: cx.new_id(), at: now, due_at: now, attempts: 0, what };
    Ok(PeopleRecord::post(unit, &letter).await?)
}

/// A letter that is ready, with the hashes of the links in it.
struct Draft {
    mail: Mail,
    links: Vec<String>,
}

/// Sends what is due, at most `limit` letters; answers how many went. What the carrier refuses is tried again later,
/// with new links. Only the operator sends letters.
///
/// # Errors
/// Storage.
pub async fn send_letters(cx: &Cx, mailer: &dyn Mailer, limit: usize) -> Result<usize, AppError> {
    if !cx.caller.is_operator() {
        return Err(AppError::NotForYou("the operator at the console"));
    }
    let mut sent = 0;
    for letter in PeopleLookup::letters(&*cx.store, cx.gate.now(), limit).await? {
        let Some(draft) = cx.write(async |unit: &dyn Unit| draft(cx, unit, &letter).await).await? else {
            continue;
        };
        let outcome = mailer.send(&draft.mail).await;
        let given_up = cx.gate.now() - letter.at >= GIVEN_UP;
        if let Err(error) = &outcome {
            tracing::warn!(%error, letter = %letter.id, attempts = letter.attempts + 1, given_up, "a letter was not taken");
        }
        let gone = outcome.is_ok();
        cx.write(async |unit: &dyn Unit| {
            if gone || given_up {
                PeopleRecord::remove_letter(unit, letter.id).await?;
            }
            if !gone {
                // Nobody has seen them.
                for hash in &draft.links {
                    PeopleRecord::use_link(unit, hash).await?;
                }
            }
            Ok(())
        })
        .await?;
        sent += usize::from(gone);
    }
    Ok(sent)
}

/// Takes a letter and writes it; `None` where another server has taken it, or there is nobody to write to.
async fn draft(cx: &Cx, unit: &dyn Unit, letter: &Letter) -> Result<Option<Draft>, AppError> {
    let doubled = AGAIN.saturating_mul(1 << letter.attempts.clamp(0, 12));
    if !PeopleRecord::take_letter(unit, letter, cx.gate.now() + doubled.min(AT_MOST)).await? {
        return Ok(None);
    }
    let draft = match serde_json::from_value::<What>(letter.what.clone()) {
        Ok(what) => write::write(cx, unit, what, letter).await?,
        // A newer server has posted it, and will send it.
        Err(_) => return Ok(None),
    };
    if draft.is_none() {
        PeopleRecord::remove_letter(unit, letter.id).await?;
    }
    Ok(draft)
}

/// Removes links and marks that lie in the past.
///
/// # Errors
/// Storage.
pub async fn tidy(cx: &Cx) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| Ok(PeopleRecord::tidy(unit, cx.gate.now()).await?)).await
}
