//! Which URLs are taken.

use super::*;
use crate::BadFiles;

#[test]
fn other_places_are_refused_without_being_told() {
    let bad = [
        "",
        "files",
        "/srv/files",
        "file:",
        "file://",
        "file://host/dir",
        "memory",
        "memory:x",
        "memory://",
        "http://user:secret@host/",
        "gs://bucket",
    ];
    for url in bad {
        let error = ObjectFiles::open(url).unwrap_err();
        assert!(matches!(error, BadFiles::Place), "{url}: {error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_directory_is_made_and_belongs_to_its_user() {
    let outer = TempDir::new().unwrap();
    let directory = outer.path().join("a/b");
    for slashes in ["", "//"] {
        ObjectFiles::open(&format!("file:{slashes}{}", directory.display())).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    }
    std::fs::write(directory.join("c"), "").unwrap();
    let error = ObjectFiles::open(&format!("file:{}/c", directory.display())).unwrap_err();
    assert!(matches!(&error, BadFiles::Directory(of, _) if of.ends_with("a/b/c")), "{error:?}");
}

#[tokio::test]
async fn each_opening_of_memory_is_empty() {
    let [one, other] = ["memory:"; 2].map(|url| ObjectFiles::open(url).unwrap());
    store(&one, id(1), &[1]).await;
    assert!(is_gone(&other, id(1)).await);
}

#[cfg(not(feature = "s3"))]
#[test]
fn without_s3_the_feature_is_named() {
    let error = ObjectFiles::open("s3://bucket/prefix").unwrap_err();
    assert!(error.to_string().contains("feature `s3`"), "{error}");
}

#[cfg(feature = "s3")]
#[test]
fn a_bucket_has_a_name() {
    for url in ["s3:", "s3:bucket", "s3://", "s3:///prefix"] {
        assert!(matches!(ObjectFiles::open(url), Err(BadFiles::Place)), "{url}");
    }
    for url in ["s3://bucket/../else", "s3://bucket/a//b"] {
        assert!(matches!(ObjectFiles::open(url), Err(BadFiles::S3(_))), "{url}");
    }
    for url in ["s3://bucket", "s3://bucket/", "s3://bucket/some/prefix/"] {
        let files = ObjectFiles::open(url).unwrap();
        let path = files.path(id(0x1ab)).to_string();
        assert!(path.ends_with("ab/00000000-0000-0000-0000-0000000001ab"), "{path}");
        assert_eq!(path.starts_with("some/prefix/ab/"), url.contains("prefix"), "{path}");
    }
}
