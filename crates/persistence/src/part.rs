//! What is reached, as branches: each is one way to the objects that an index may begin with, and conditions beside.
//! Lists read each branch in order by its own index and merge what they find.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, QueryStatementBuilder, SelectStatement};
use uuid::Uuid;

use crate::dialect;
use crate::prepared::Slots;
use crate::table::SELF;

/// From how many ids on the first rows of the whole table may hold a page sooner than a page for each does.
const MANY: usize = 16;

/// What values are called that come in rows.
pub const EACH: &str = "each";

/// What a column may hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Among {
    /// One of these ids, sorted.
    Ids(Vec<Uuid>),
    /// One of these words.
    Words(Vec<&'static str>),
    /// One of these texts.
    Texts(Vec<String>),
    /// What rows of another table hold.
    Rows(Box<Rows>),
    /// The ids of the rows of another table that are in a part.
    Reached(Box<Reached>),
}

/// The rows of another table that are in a part. There they are called [`SELF`], as rows are in every part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reached {
    pub table: &'static str,
    pub part: Part,
}

impl Reached {
    fn select(&self, backend: DbBackend) -> SelectStatement {
        Query::select()
            .expr_as(Expr::col((SELF, "id")), EACH)
            .from_as(self.table, SELF)
            .cond_where(self.part.condition(backend))
            .take()
    }
}

/// What is in one column of the rows of a table of which another column holds one of these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rows {
    pub take: &'static str,
    pub table: &'static str,
    pub column: &'static str,
    pub among: Among,
}

impl Rows {
    pub fn select(&self, backend: DbBackend) -> SelectStatement {
        let holds = self.among.holds(Expr::col(self.column), backend);
        Query::select().expr_as(Expr::col(self.take), EACH).from(self.table).and_where(holds).take()
    }
}

impl Among {
    /// One of these ids, if there is any.
    pub fn ids(ids: impl IntoIterator<Item = Uuid>) -> Option<Self> {
        let mut ids: Vec<Uuid> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        (!ids.is_empty()).then_some(Self::Ids(ids))
    }

    /// A table of them, called [`EACH`] with a column [`EACH`], where a page for each is better than one of all.
    pub fn each(&self, backend: DbBackend) -> Option<SelectStatement> {
        let mut each = Query::select();
        match self {
            Self::Ids(ids) if dialect::reads_each(backend, Some(ids.len())) => {
                each.from_function(dialect::rows_of(backend, ids), EACH);
            }
            Self::Rows(rows) if dialect::reads_each(backend, None) => {
                // Several of them may hold the same, of which one page is enough.
                each.from_subquery(rows.select(backend).distinct().take(), EACH);
            }
            Self::Reached(reached) if dialect::reads_each(backend, None) => {
                each.from_subquery(reached.select(backend), EACH);
            }
            _ => return None,
        }
        Some(each)
    }

    /// Whether they are so many that a page for each costs more than a look at the rows of all.
    fn are_many(&self) -> bool {
        matches!(self, Self::Ids(ids) if ids.len() >= MANY)
    }

    /// Whether an expression is one of them.
    pub fn holds(&self, of: Expr, backend: DbBackend) -> Expr {
        match self {
            Self::Ids(ids) => match ids.as_slice() {
                [id] => of.eq(*id),
                ids => dialect::is_one_of(backend, of, ids),
            },
            Self::Words(words) => of.is_in(words.iter().map(|word| constant(word))),
            Self::Texts(texts) => of.is_in(texts.iter().map(String::as_str)),
            Self::Rows(rows) => of.in_subquery(rows.select(backend)),
            Self::Reached(reached) => of.in_subquery(reached.select(backend)),
        }
    }
}

/// A word of ours as it stands in the statement itself: databases that keep a plan for every value of what is bound know
/// how common a word is only where they see it.
pub fn constant(word: &'static str) -> Expr {
    Expr::Constant(word.into())
}

/// Where an index begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Seek {
    /// A column of which there is an index that goes on by id.
    pub column: &'static str,
    /// What it holds.
    pub among: Among,
}

impl Seek {
    fn condition(&self, backend: DbBackend) -> Expr {
        self.among.holds(Expr::col((SELF, self.column)), backend)
    }

    /// How much of a table it finds: less is narrower.
    pub fn width(&self) -> u8 {
        match (self.column, &self.among) {
            // What somebody's tasks lend, and what is in them: few, whatever a project has.
            ("id" | "task_id", Among::Rows(_)) => 1,
            (_, Among::Rows(_) | Among::Reached(_)) => 4,
            (column, _) => width(column),
        }
    }
}

/// How much of a table a value of this column finds, narrowest first.
pub fn width(column: &str) -> u8 {
    match column {
        "id" => 0,
        "project_id" => 2,
        "organization_id" | "executor_id" => 3,
        _ => 1,
    }
}

/// What no index begins with.
pub const WIDEST: u8 = u8::MAX;

/// What a row is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// Whether a column holds this id.
    Id(&'static str, Uuid),
    /// Whether a column holds this id or none.
    IdIfAny(&'static str, Uuid),
    /// Whether a column holds this word.
    Word(&'static str, &'static str),
    /// Whether a column is true.
    True(&'static str),
    /// Whether a column of the source that the row names holds this word.
    WordOfSource(&'static str, &'static str),
}

impl Test {
    fn condition(&self) -> Expr {
        let column = |name| Expr::col((SELF, name));
        match *self {
            Self::Id(name, id) => column(name).eq(id),
            Self::IdIfAny(name, id) => column(name).is_null().or(column(name).eq(id)),
            Self::Word(name, word) => column(name).eq(constant(word)),
            Self::True(name) => column(name).eq(true),
            Self::WordOfSource(name, word) => {
                let source = Query::select()
                    .column(("s", name))
                    .from_as("sources", "s")
                    .and_where(Expr::col(("s", "id")).equals((SELF, "source_id")))
                    .take();
                Expr::from(source.into_sub_query_statement()).eq(constant(word))
            }
        }
    }
}

/// A condition beside a seek.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Also {
    /// Of the row.
    Is(Test),
    /// That the row is in another part.
    In(Part),
}

/// One way to objects: the conditions all hold. Without any, to all objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Branch {
    pub seek: Option<Seek>,
    pub also: Vec<Also>,
}

impl Branch {
    /// What holds beside the seek.
    pub fn beside(&self, backend: DbBackend) -> Condition {
        self.also.iter().fold(Condition::all(), |all, also| match also {
            Also::Is(test) => all.add(test.condition()),
            Also::In(part) => all.add(part.condition(backend)),
        })
    }

    /// All that holds.
    pub fn condition(&self, backend: DbBackend) -> Condition {
        let seek = self.seek.as_ref().map(|seek| seek.condition(backend));
        Condition::all().add_option(seek).add(self.beside(backend))
    }

    pub fn width(&self) -> u8 {
        self.seek.as_ref().map_or(WIDEST, Seek::width)
    }

    /// Whether the first rows of the whole table may hold a page sooner than the index does.
    pub fn is_of_many(&self) -> bool {
        self.seek.as_ref().is_some_and(|seek| seek.among.are_many())
    }

    fn is_everything(&self) -> bool {
        self.seek.is_none() && self.also.is_empty()
    }
}

/// A disjunction of branches; of none, nothing. Trivial conditions fall away, so that the database never sees
/// `false OR ...`, which would keep it from using its indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Part(Vec<Branch>);

impl Part {
    /// Holds for no row.
    pub const NOTHING: Self = Self(Vec::new());

    /// Holds for every row.
    pub fn everything() -> Self {
        Self(vec![Branch::default()])
    }

    /// Rows in which an indexed column holds one of these.
    pub fn seek(column: &'static str, among: Among) -> Self {
        Self(vec![Branch { seek: Some(Seek { column, among }), also: Vec::new() }])
    }

    /// Rows in which an indexed column holds one of these ids.
    pub fn ids(column: &'static str, ids: impl IntoIterator<Item = Uuid>) -> Self {
        Among::ids(ids).map_or(Self::NOTHING, |ids| Self::seek(column, ids))
    }

    /// Rows in which an indexed column holds the id of a row of another table that is in a part. The column always does
    /// hold one.
    pub fn reached(column: &'static str, table: &'static str, part: Part) -> Self {
        if part.is_everything() || part.0.is_empty() {
            return part;
        }
        Self::seek(column, Among::Reached(Box::new(Reached { table, part })))
    }

    pub fn branches(&self) -> &[Branch] {
        &self.0
    }

    fn is_everything(&self) -> bool {
        self.0.iter().any(Branch::is_everything)
    }

    /// The widest branch's width.
    fn width(&self) -> u8 {
        self.0.iter().map(Branch::width).max().unwrap_or(0)
    }

    pub fn or(mut self, other: Self) -> Self {
        if self.is_everything() || other.is_everything() {
            return Self::everything();
        }
        for branch in other.0 {
            self.add(branch);
        }
        self
    }

    /// One more branch. Ids of one column that nothing else is asked of become one branch.
    fn add(&mut self, branch: Branch) {
        let mut branches = self.0.iter_mut().filter(|known| known.also.is_empty() && branch.also.is_empty());
        let same = branches.find_map(|known| match (&mut known.seek, &branch.seek) {
            (Some(known), Some(new)) if known.column == new.column => match (&mut known.among, &new.among) {
                (Among::Ids(known), Among::Ids(new)) => Some((known, new)),
                _ => None,
            },
            _ => None,
        });
        match same {
            Some((known, new)) => {
                known.extend(new);
                known.sort_unstable();
                known.dedup();
            }
            None => self.0.push(branch),
        }
    }

    /// The narrower side leads to the rows; the other one is asked of each.
    pub fn and(self, other: Self) -> Self {
        if other.is_everything() || self.0.is_empty() {
            return self;
        }
        if self.is_everything() || other.0.is_empty() {
            return other;
        }
        let (Self(mut leads), asked) =
            if other.width() < self.width() { (other, self) } else { (self, other) };
        for branch in &mut leads {
            branch.also.push(Also::In(asked.clone()));
        }
        Self(leads)
    }

    pub fn condition(&self, backend: DbBackend) -> Condition {
        match self.0.as_slice() {
            [] => Condition::all().add(Expr::cust("1 = 0")),
            [one] if one.is_everything() => Condition::all().add(Expr::cust("1 = 1")),
            [one] => one.condition(backend),
            several => {
                several.iter().fold(Condition::any(), |any, branch| any.add(branch.condition(backend)))
            }
        }
    }
}

impl Part {
    /// Puts what stands for them in the place of all ids.
    pub fn stand_in(&mut self, slots: &mut Slots) {
        for branch in &mut self.0 {
            if let Some(seek) = &mut branch.seek {
                seek.among.stand_in(slots);
            }
            for also in &mut branch.also {
                match also {
                    Also::Is(Test::Id(_, id) | Test::IdIfAny(_, id)) => slots.take(id),
                    Also::Is(Test::Word(..) | Test::True(_) | Test::WordOfSource(..)) => {}
                    Also::In(part) => part.stand_in(slots),
                }
            }
        }
    }
}

impl Among {
    fn stand_in(&mut self, slots: &mut Slots) {
        match self {
            Self::Ids(ids) => slots.take_all(ids),
            Self::Words(_) | Self::Texts(_) => {}
            Self::Rows(rows) => rows.among.stand_in(slots),
            Self::Reached(reached) => reached.part.stand_in(slots),
        }
    }
}

impl From<Test> for Part {
    fn from(test: Test) -> Self {
        Self(vec![Branch { seek: None, also: vec![Also::Is(test)] }])
    }
}
