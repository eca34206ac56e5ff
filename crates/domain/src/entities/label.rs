//! Labels: the vocabulary of a project.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

words! {
    /// What part of a file a label is for.
    Shape {
        /// All of it.
        Whole = "whole",
        /// A box.
        Box = "box",
        /// A polygon.
        Polygon = "polygon",
        /// A point.
        Point = "point",
    }
}

/// A part of a file. Lengths are in its own units, such as pixels, from the upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "shape", rename_all = "snake_case", deny_unknown_fields)]
pub enum Geometry {
    /// All of it.
    Whole {},
    /// A box, by its upper left corner and its size.
    Box {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// To the right.
        width: f64,
        /// Downwards.
        height: f64,
    },
    /// The inside of a line through these points, which ends where it began.
    Polygon {
        /// Each from the left and from the top.
        points: Vec<[f64; 2]>,
    },
    /// A point.
    Point {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
    },
}

impl Geometry {
    /// Its shape.
    pub const fn shape(&self) -> Shape {
        match self {
            Self::Whole {} => Shape::Whole,
            Self::Box { .. } => Shape::Box,
            Self::Polygon { .. } => Shape::Polygon,
            Self::Point { .. } => Shape::Point,
        }
    }
}

/// A word of a project's vocabulary: what annotations by it look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Unique in the project.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// How it is drawn: `#rrggbb`.
    pub color: String,
    /// What part of a file it is for.
    pub shape: Shape,
    /// What else an annotation by it says: a JSON Schema of an object.
    pub attributes: Value,
}

impl Entity for Label {
    const KIND: Kind = Kind::Label;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("shape", Shape::WORDS),
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::held_by("job_id", &[Kind::Job]),
        Field::held_by("task_id", &[Kind::Task]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "shape" => FieldValue::text(self.shape.word()),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "color": self.color, "shape": self.shape,
            "attributes": self.attributes,
        })
    }
}

impl Unguarded for Label {}
impl ChildOf<super::Project> for Label {}
