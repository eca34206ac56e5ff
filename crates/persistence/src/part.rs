//! Conditions that know when they are trivial, so that the database never sees `false OR ...`, which would keep
//! it from using its indexes.

use sea_orm::sea_query::{Condition, Expr};

/// A part of a condition.
pub enum Part {
    /// Holds for no row.
    Nothing,
    /// Holds for every row.
    Everything,
    /// Holds for some rows.
    Where(Condition),
}

impl Part {
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, part) | (part, Self::Nothing) => part,
            (Self::Everything, _) | (_, Self::Everything) => Self::Everything,
            (Self::Where(a), Self::Where(b)) => Self::Where(Condition::any().add(a).add(b)),
        }
    }

    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everything, part) | (part, Self::Everything) => part,
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::Where(a), Self::Where(b)) => Self::Where(Condition::all().add(a).add(b)),
        }
    }

    pub fn into_condition(self) -> Condition {
        match self {
            Self::Nothing => Condition::all().add(Expr::cust("1 = 0")),
            Self::Everything => Condition::all().add(Expr::cust("1 = 1")),
            Self::Where(condition) => condition,
        }
    }
}

impl From<Expr> for Part {
    fn from(expr: Expr) -> Self {
        Self::Where(expr.into())
    }
}
