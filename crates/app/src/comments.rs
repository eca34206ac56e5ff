//! Comments: saying something of a job or a task.

use bailiwick_domain::entities::{Comment, Text};
use bailiwick_domain::gate::Edit;
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create_under, nothing_more};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::kept::Kept;
use crate::read::Shown;

/// What somebody says.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// The words.
    pub text: Text,
}

/// Other words.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommentPatch {
    /// The words.
    pub text: Option<Text>,
}

fn words(text: Text) -> Result<String, AppError> {
    let text = text.into_string();
    if text.trim().is_empty() { Err(AppError::invalid("/text", "something to read")) } else { Ok(text) }
}

/// Says something of a job or a task.
///
/// # Errors
/// The denial; nothing to read.
pub async fn create_comment<P: Kept>(
    cx: &Cx,
    under: Uuid,
    body: NewComment,
) -> Result<Shown<'_, Comment>, AppError> {
    let text = words(body.text)?;
    create_under::<P, Comment>(cx, under, async |_, _| Ok(Comment { text: text.clone() }), nothing_more).await
}

/// Says it in other words.
///
/// # Errors
/// The denial; nothing to read.
pub async fn edit_comment(cx: &Cx, id: Uuid, body: CommentPatch) -> Result<Shown<'_, Comment>, AppError> {
    let text = body.text.map(words).transpose()?;
    edit::<Edit, Comment>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |comment| {
            if let Some(text) = &text {
                comment.text.clone_from(text);
            }
        }))
    })
    .await
}
