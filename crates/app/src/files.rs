//! Files: storing their bytes as they come, and reading them.

use std::cell::RefCell;
use std::str::FromStr;

use bailiwick_domain::entities::{Dataset, File, Name, Project};
use bailiwick_domain::gate::{Edit, View};
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{FileReader, FileWriter, Read, Unit};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use time::Duration;
use uuid::Uuid;

use crate::create::create_under;
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::links::{Tied, tie};
use crate::read::Shown;

/// How long an upload may take before what has arrived counts as left behind.
const UPLOAD: Duration = Duration::days(1);
/// From how many of its first bytes it is told what a file is.
const HEAD: usize = 64 * 1_024;

/// Which files are taken.
#[derive(Debug, Clone)]
pub struct FileRules {
    /// How many bytes a file has at most.
    pub limit: i64,
    /// Of which media types: `type/subtype`, or `type/*`.
    pub types: Vec<String>,
    /// How long an export can be taken away.
    pub exports: Duration,
}

impl Default for FileRules {
    fn default() -> Self {
        let types = ["image/*", "video/*", "audio/*", "text/*", "application/*"];
        Self {
            limit: 1_024 * 1_024 * 1_024,
            types: types.map(ToOwned::to_owned).to_vec(),
            exports: Duration::days(7),
        }
    }
}

impl FileRules {
    fn take(&self, media_type: &MediaType) -> bool {
        let whole = media_type.0.split_once('/').map_or("", |(whole, _)| whole);
        self.types
            .iter()
            .any(|rule| *rule == media_type.0 || rule.strip_suffix("/*").is_some_and(|taken| taken == whole))
    }
}

/// What bytes are: `type/subtype`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(String);

impl FromStr for MediaType {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a media type: `type/subtype`";
        let plain = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (whole, part) = plain.split_once('/').ok_or(wrong)?;
        let good = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        (good(whole) && good(part) && plain.len() <= 127).then_some(Self(plain.clone())).ok_or(wrong)
    }
}

/// What is said of a file before its bytes come.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Unique in the project.
    pub name: Name,
    /// What the bytes are.
    pub media_type: MediaType,
    /// How many there are, where that is said.
    pub bytes: Option<i64>,
    /// Their SHA-256 in hexadecimal digits, where that is said.
    pub sha256: Option<String>,
    /// A dataset that is to hold it.
    pub dataset: Option<Claimed<Dataset>>,
}

/// Changes of a file. Its bytes never change.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FilePatch {
    /// Unique in the project.
    pub name: Option<Name>,
}

/// A file that is on its way, part by part. It is there when [`Arriving::finish`] has ended.
pub struct Arriving {
    project: Uuid,
    new: NewFile,
    stored: Uuid,
    writer: RefCell<Option<Box<dyn FileWriter>>>,
    hash: Sha256,
    head: Vec<u8>,
    bytes: i64,
}

/// Begins to store a file of a project, if the caller may.
///
/// # Errors
/// The denial; a type or a size that is not taken.
pub async fn begin_file(cx: &Cx, project: Uuid, new: NewFile) -> Result<Arriving, AppError> {
    let parent = Read::<Project>::find(&*cx.store, project).await?;
    let permit = cx.gate.create::<File, _>(&cx.caller, parent);
    cx.audited(permit.map(drop).map_err(|denial| AppError::denied(denial, project))).await?;
    let rules = &cx.app.file_rules;
    if !rules.take(&new.media_type) {
        return Err(AppError::invalid("Content-Type", format!("one of {}", rules.types.join(", "))));
    }
    if new.bytes.is_some_and(|bytes| bytes > rules.limit) {
        return Err(too_long(rules.limit));
    }
    let stored = cx.new_id();
    let mut writer = None;
    if !cx.wish.dry_run {
        let unit = cx.store.begin().await?;
        unit.add_stray(stored, cx.gate.now() + UPLOAD).await?;
        unit.commit().await?;
        writer = Some(cx.app.files.write(stored).await?);
    }
    let writer = RefCell::new(writer);
    Ok(Arriving { project, new, stored, writer, hash: Sha256::new(), head: Vec::new(), bytes: 0 })
}

fn too_long(limit: i64) -> AppError {
    AppError::invalid("", format!("a file has at most {limit} bytes"))
}

impl Arriving {
    /// Takes the next bytes; of a dry run they are looked at and let go.
    ///
    /// # Errors
    /// There are too many; they can't be stored.
    pub async fn part(&mut self, cx: &Cx, bytes: &[u8]) -> Result<(), AppError> {
        self.bytes = self.bytes.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        let limit = cx.app.file_rules.limit;
        if self.bytes > limit {
            return Err(too_long(limit));
        }
        self.hash.update(bytes);
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(bytes.get(..room).unwrap_or_default());
        if let Some(writer) = self.writer.get_mut() {
            writer.part(bytes.to_vec()).await?;
        }
        Ok(())
    }

    /// Makes what has arrived a file of the project, and puts it into its dataset.
    ///
    /// # Errors
    /// The denial; bytes that are not what was said of them; a name that is taken; a dataset that may not be named.
    pub async fn finish(self, cx: &Cx) -> Result<Shown<'_, File>, AppError> {
        let sha256 = self.sha256();
        self.check(&sha256)?;
        if let Some(writer) = self.writer.take() {
            writer.finish().await?;
        }
        let size = imagesize::blob_size(&self.head).ok();
        let pixels = |number: usize| i64::try_from(number).ok();
        let data = File {
            name: self.new.name.as_str().to_owned(),
            media_type: self.new.media_type.0.clone(),
            bytes: self.bytes,
            sha256,
            width: size.and_then(|size| pixels(size.width)),
            height: size.and_then(|size| pixels(size.height)),
            stored: self.stored,
        };
        create_under::<Project, File>(
            cx,
            self.project,
            async |_, _| Ok(data.clone()),
            async |unit, new, _| {
                unit.drop_strays(&[self.stored]).await?;
                let Some(claimed) = self.new.dataset else { return Ok(()) };
                let dataset = claimed.find::<dyn Unit>(unit).await?;
                let unknown = || AppError::unknown("dataset_id", Kind::Dataset);
                let dataset = dataset.ok_or_else(unknown)?;
                let file = Read::<File>::find(unit, new.object().id).await?;
                tie(cx, unit, &dataset, file.as_ref(), true).await.map_err(|tied| match tied {
                    Tied::Failed(error) => error,
                    Tied::Refused(refused) => match AppError::refused(refused, "dataset_id", Kind::Dataset) {
                        AppError::Denied { denial, .. } => {
                            AppError::unknown_or_denied(*denial, "dataset_id", Kind::Dataset)
                        }
                        error => error,
                    },
                })
            },
        )
        .await
    }

    /// Refuses bytes that are not what was said of them.
    fn check(&self, sha256: &str) -> Result<(), AppError> {
        if let Some(said) = self.new.bytes.filter(|said| *said != self.bytes) {
            return Err(AppError::invalid("bytes", format!("{}, not {said}: so many came", self.bytes)));
        }
        if self.new.sha256.as_deref().is_some_and(|said| !said.eq_ignore_ascii_case(sha256)) {
            return Err(AppError::invalid("sha256", "the SHA-256 of the bytes that came, which is another"));
        }
        let said = self.new.media_type.0.as_str();
        let found = infer::get(&self.head).map(|found| found.mime_type());
        let lies = match found {
            Some(found) => !same_type(found, said),
            None => infer::is_mime_supported(said) && !is_text(said) && said != ANY_BYTES,
        };
        if lies {
            let found = found.unwrap_or("something else");
            return Err(AppError::invalid("Content-Type", format!("what the bytes are: they are {found}")));
        }
        Ok(())
    }

    /// Takes away what has arrived.
    ///
    /// # Errors
    /// It can't be reached; then it is taken away later.
    pub async fn give_up(self, cx: &Cx) -> Result<(), AppError> {
        if let Some(writer) = self.writer.into_inner() {
            writer.give_up().await?;
        }
        forget(cx, self.stored).await
    }

    /// SHA-256 of what has arrived.
    pub fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// Under what the bytes are stored.
    pub const fn stored(&self) -> Uuid {
        self.stored
    }
}

/// Takes away bytes that belong to nothing.
///
/// # Errors
/// They can't be reached; then they are taken away later.
pub async fn forget(cx: &Cx, stored: Uuid) -> Result<(), AppError> {
    if cx.wish.dry_run {
        return Ok(());
    }
    cx.app.files.remove(stored).await?;
    let unit = cx.store.begin().await?;
    unit.drop_strays(&[stored]).await?;
    Ok(unit.commit().await?)
}

/// Takes away bytes that have belonged to nothing for long enough; answers how many.
///
/// # Errors
/// Storage; the files.
pub async fn sweep(cx: &Cx, limit: usize) -> Result<usize, AppError> {
    let strays = cx.store.strays(cx.gate.now(), limit).await?;
    for &stored in &strays {
        forget(cx, stored).await?;
    }
    Ok(strays.len())
}

/// Formats that are told by how they begin, and that other formats begin alike with.
fn same_type(found: &str, said: &str) -> bool {
    const ALIKE: &[&[&str]] = &[
        &[
            "application/zip",
            "application/x-zip-compressed",
            "application/vnd.",
            "application/epub+zip",
            "application/java-archive",
        ],
        &["application/gzip", "application/x-gzip"],
        &["image/jpeg", "image/jpg"],
        &["image/vnd.microsoft.icon", "image/x-icon"],
        &["audio/mpeg", "audio/mp3"],
        &["audio/x-wav", "audio/wav", "audio/wave"],
        &["video/mp4", "audio/mp4", "video/quicktime", "audio/m4a", "audio/x-m4a"],
        &["text/xml", "application/xml", "image/svg+xml", "application/"],
        &["text/html", "application/xhtml+xml"],
    ];
    let begins = |word: &str, with: &str| word == with || (with.ends_with('.') && word.starts_with(with));
    let plain = |word: &str| word == ANY_BYTES || is_text(word) && is_text(found);
    found == said
        || plain(said)
        || ALIKE.iter().any(|alike| {
            alike.iter().any(|one| begins(found, one)) && alike.iter().any(|one| begins(said, one))
        })
}

/// What is said of bytes of which nothing is known.
const ANY_BYTES: &str = "application/octet-stream";

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || matches!(media_type, "application/json" | "application/xml")
}

/// Renames a file.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn edit_file(cx: &Cx, id: Uuid, body: FilePatch) -> Result<Shown<'_, File>, AppError> {
    edit::<Edit, File>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |file| {
            if let Some(name) = &body.name {
                file.name = name.as_str().to_owned();
            }
        }))
    })
    .await
}

/// Bytes that are to be read: what they are, and under what they are stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// What people call them.
    pub name: String,
    /// What they are.
    pub media_type: String,
    /// How many there are.
    pub bytes: i64,
    /// Their SHA-256.
    pub sha256: String,
    /// Under what they are stored.
    pub stored: Uuid,
}

impl From<&File> for Stored {
    fn from(file: &File) -> Self {
        let File { name, media_type, bytes, sha256, stored, .. } = file.clone();
        Self { name, media_type, bytes, sha256, stored }
    }
}

/// The bytes of a file, if the caller may view it.
///
/// # Errors
/// The denial.
pub async fn show_content(cx: &Cx, id: Uuid) -> Result<Stored, AppError> {
    let row = Read::<File>::find(&*cx.store, id).await?;
    let opened = cx.gate.open::<View, File>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id));
    Ok(Stored::from(cx.audited(opened).await?.data()))
}

/// Reads bytes from a place on.
///
/// # Errors
/// They can't be reached.
pub async fn open(cx: &Cx, stored: &Stored, from: u64, length: u64) -> Result<Box<dyn FileReader>, AppError> {
    Ok(cx.app.files.read(stored.stored, from, length).await?)
}

/// What follows when a file or an export goes: its bytes belong to nothing.
pub(crate) async fn let_go(cx: &Cx, unit: &dyn Unit, stored: Uuid) -> Result<(), AppError> {
    Ok(unit.add_stray(stored, cx.gate.now()).await?)
}
