//! Sources. Which sets of entitlements there are stands in a table of its own: few, whatever the number of sources.

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{ContentType, Shelf, Source, SourceLabel};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::DbBackend;
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use crate::cells::{Cells, to_json};
use crate::near::Names;
use crate::part::constant;
use crate::stamps::Concerns;
use crate::table::{Cell, Noted, SELF, Table};
use crate::write::delete_where;

impl Table for Source {
    const TABLE: &'static str = "sources";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "content_type",
        "language",
        "abbreviation",
        "revision",
        "year",
        "license",
        "labels",
        "metadata",
        "entitlements",
        "status",
    ];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn select_more(select: &mut SelectStatement, _: DbBackend) {
        let word: Expr = Expr::case(is_first(), "yes").finally("no").into();
        select.expr(word);
    }

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            content_type: cells.word(ContentType::from_word)?,
            language: cells.text()?,
            abbreviation: cells.text()?,
            revision: cells.word(|text| text.parse().ok())?,
            year: cells.next()?,
            license: cells.text()?,
            labels: cells.json()?,
            metadata: cells.json()?,
            entitlements: cells.json()?,
            status: cells.word(Shelf::from_word)?,
            latest: cells.text()? == "yes",
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let data = &object.data;
        vec![
            ("name", data.name.as_str().into()),
            ("content_type", data.content_type.word().into()),
            ("language", data.language.as_str().into()),
            ("abbreviation", data.abbreviation.as_str().into()),
            ("revision", data.revision.as_str().into()),
            ("year", data.year.into()),
            ("license", data.license.as_str().into()),
            ("labels", to_json(&data.labels)),
            ("metadata", to_json(&data.metadata)),
            ("entitlements", to_json(&data.entitlements)),
            ("status", data.status.word().into()),
            ("line", data.line().into()),
            ("edition", data.edition().into()),
            ("entitlement_set_id", set(data).into()),
        ]
    }

    fn field(name: &'static str) -> Expr {
        match name {
            "latest" => is_first(),
            _ => Expr::col((SELF, name)),
        }
    }

    fn has_word(name: &'static str, word: &str) -> Option<Expr> {
        match name {
            "label" => {
                let label = SourceLabel::from_word(word)?;
                Some(Expr::col((SELF, "labels")).like(format!("%\"{label}\"%")))
            }
            "entitlement" => {
                let sets = Query::select()
                    .column("set_id")
                    .from("entitlement_sets")
                    .and_where(Expr::col("entitlement").eq(word))
                    .take();
                Some(Expr::col((SELF, "entitlement_set_id")).in_subquery(sets))
            }
            _ => None,
        }
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("imports", "source_id", ids)]
    }

    fn notes(object: &Object<Self>) -> Option<Noted> {
        let set_id = set(&object.data);
        let row = |tag: &Entitlement| vec![("entitlement", tag.name().into()), ("set_id", set_id.into())];
        let rows: Vec<_> = object.data.entitlements.iter().map(row).collect();
        (!rows.is_empty()).then_some(Noted {
            table: "entitlement_sets",
            key: ["entitlement", "set_id"],
            rows,
        })
    }
}

/// Which set its entitlements are, the same whatever the source.
fn set(source: &Source) -> Uuid {
    let tags: Vec<&str> = source.entitlements.iter().map(Entitlement::name).collect();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, tags.join("\n").as_bytes())
}

/// That no other source of its line comes before it.
fn is_first() -> Expr {
    let same = |column: &'static str| Expr::col(("n", column)).equals((SELF, column));
    let before = Query::select()
        .expr(Expr::val(1))
        .from_as("sources", "n")
        .and_where(same("project_id"))
        .and_where(same("line"))
        .and_where(Expr::col(("n", "edition")).gt(Expr::col((SELF, "edition"))))
        .and_where(Expr::col(("n", "status")).eq(constant(Shelf::Active.word())))
        .take();
    Expr::exists(before).not()
}
