//! Runs: what their nodes report, and what is stored of them.

use std::cell::RefCell;

use bailiwick_domain::entities::{Collaboration, Run, RunStatus, Stored, Text};
use bailiwick_domain::gate::{Edit, View};
use bailiwick_domain::guards::{self, Report};
use bailiwick_domain::ports::{Lookup, Read, Record, Unit};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::look_back;
use crate::cx::Cx;
use crate::edit::check_version;
use crate::error::AppError;
use crate::leaving::settle;
use crate::read::Shown;
use crate::sealed::Envelope;

/// How many bytes one stored part has at most.
pub const PART: usize = 256 * 1_024;
/// How many bytes the log of a run has at most.
pub const LONGEST_LOG: i64 = 16 * 1_024 * 1_024;

/// What is reported of a run.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RunPatch {
    /// How far it has come. Its node takes it from status to status; others may end it: `killed`.
    pub status: Option<RunStatus>,
}

/// What a run tells while it runs.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LogLines {
    /// To be added at the end of the log.
    pub text: Text,
}

/// Takes a run from status to status.
///
/// # Errors
/// The denial; the run does not go there, for this caller.
pub async fn edit_run(cx: &Cx, id: Uuid, body: RunPatch) -> Result<Shown<'_, Run>, AppError> {
    report(cx, id, &Report { status: body.status, ..Report::default() }).await
}

async fn report<'c>(cx: &'c Cx, id: Uuid, report: &Report) -> Result<Shown<'c, Run>, AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Run>::find(unit, id).await?;
        let opened = cx.gate.open::<Edit, Run>(&cx.caller, row);
        let granted = opened.map_err(|denial| AppError::denied(denial, id))?;
        check_version(cx, granted.object().version)?;
        let because = granted.because();
        let changed =
            guards::change_run(&cx.gate, granted, report).map_err(|denial| AppError::denied(denial, id))?;
        settle(cx, unit, because, &[changed]).await?;
        look_back(cx, unit, id).await
    })
    .await
}

/// Adds to the log of a run.
///
/// # Errors
/// The denial; the run has ended; the log is full.
pub async fn append_run_log(cx: &Cx, id: Uuid, body: LogLines) -> Result<Shown<'_, Run>, AppError> {
    let text = body.text.into_string();
    let bytes = text.as_bytes();
    let count = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Run>::find(unit, id).await?;
        let opened = cx.gate.open::<Edit, Run>(&cx.caller, row);
        let granted = opened.map_err(|denial| AppError::denied(denial, id))?;
        let because = granted.because();
        let log = granted.data().log.unwrap_or_else(|| Stored { blob: cx.new_id(), parts: 0, bytes: 0 });
        let parts: Vec<&[u8]> = bytes.chunks(PART).collect();
        let more = Stored {
            parts: log.parts + i64::try_from(parts.len()).unwrap_or(i64::MAX),
            bytes: log.bytes.saturating_add(count),
            ..log
        };
        let report = Report { log: Some(more), ..Report::default() };
        let changed =
            guards::change_run(&cx.gate, granted, &report).map_err(|denial| AppError::denied(denial, id))?;
        if more.bytes > LONGEST_LOG {
            return Err(AppError::invalid("/text", format!("a log has at most {LONGEST_LOG} bytes")));
        }
        for (at, part) in (log.parts..).zip(parts) {
            Record::add_blob_part(unit, log.blob, at, part).await?;
        }
        settle(cx, unit, because, &[changed]).await?;
        look_back(cx, unit, id).await
    })
    .await
}

/// A result that is on its way, part by part. What has arrived counts for nothing until [`Arriving::finish`].
pub struct Arriving {
    run: Uuid,
    stored: Stored,
    limit: i64,
    envelope: Option<RefCell<Envelope>>,
}

/// Begins to store the result of a run, if the caller may and there is none yet. At most `limit` bytes.
///
/// # Errors
/// The denial; the run has ended or has a result.
pub async fn begin_result(cx: &Cx, id: Uuid, limit: i64) -> Result<Arriving, AppError> {
    let stored = Stored { blob: cx.new_id(), parts: 0, bytes: 0 };
    let row = Read::<Run>::find(&*cx.store, id).await?;
    let asked = cx.gate.open::<Edit, Run>(&cx.caller, row).and_then(|granted| {
        let shared = granted.facts().collaboration;
        guards::change_run(&cx.gate, granted, &Report { result: Some(stored), ..Report::default() })?;
        Ok(shared)
    });
    let shared = cx.audited(asked.map_err(|denial| AppError::denied(denial, id))).await?;
    let envelope = is_encrypted(cx, shared).await?.then(|| RefCell::new(Envelope::default()));
    Ok(Arriving { run: id, stored, limit, envelope })
}

/// Whether a collaboration demands ciphertext.
pub(crate) async fn is_encrypted(cx: &Cx, collaboration: Option<Uuid>) -> Result<bool, AppError> {
    let Some(id) = collaboration else { return Ok(false) };
    let row = Read::<Collaboration>::find(&*cx.store, id).await?;
    Ok(row.is_some_and(|row| guards::demands_encryption(&row)))
}

impl Arriving {
    /// Stores the next part, of at most [`PART`] bytes; of a dry run it is looked at and let go.
    ///
    /// # Errors
    /// It is too long; it is no ciphertext where that is demanded; storage.
    pub async fn part(&mut self, cx: &Cx, bytes: &[u8]) -> Result<(), AppError> {
        self.stored.bytes += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if self.stored.bytes > self.limit {
            return Err(AppError::invalid("", format!("a result has at most {} bytes", self.limit)));
        }
        if let Some(envelope) = &self.envelope {
            envelope.borrow_mut().take(bytes)?;
        }
        if !cx.wish.dry_run {
            let unit = cx.store.begin().await?;
            unit.add_blob_part(self.stored.blob, self.stored.parts, bytes).await?;
            unit.commit().await?;
        }
        self.stored.parts += 1;
        Ok(())
    }

    /// Makes what has arrived the result of the run.
    ///
    /// # Errors
    /// The denial; the run has ended or has a result meanwhile.
    pub async fn finish(self, cx: &Cx) -> Result<Shown<'_, Run>, AppError> {
        if let Some(envelope) = self.envelope {
            envelope.borrow().finish()?;
        }
        report(cx, self.run, &Report { result: Some(self.stored), ..Report::default() }).await
    }

    /// Takes away what has arrived.
    ///
    /// # Errors
    /// Storage.
    pub async fn give_up(self, cx: &Cx) -> Result<(), AppError> {
        let unit = cx.store.begin().await?;
        unit.drop_blobs(&[self.stored.blob]).await?;
        Ok(unit.commit().await?)
    }
}

/// Which bytes of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What it is given.
    Input,
    /// What came out.
    Result,
    /// What it told.
    Log,
}

/// Where bytes of a run are stored; `None` where there are none yet.
///
/// # Errors
/// The denial.
pub async fn stored(cx: &Cx, id: Uuid, part: Part) -> Result<Option<Stored>, AppError> {
    let row = Read::<Run>::find(&*cx.store, id).await?;
    let opened = cx.gate.open::<View, Run>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id));
    let run = cx.audited(opened).await?;
    let data = run.data();
    Ok(match part {
        Part::Input => data.input,
        Part::Result => data.result,
        Part::Log => data.log,
    })
}

/// A part of stored bytes.
///
/// # Errors
/// Storage; the bytes have gone meanwhile.
pub async fn read_part(cx: &Cx, stored: &Stored, part: i64) -> Result<Vec<u8>, AppError> {
    Lookup::blob_part(&*cx.store, stored.blob, part).await?.ok_or(AppError::Contention)
}
