//! Guards somebody else's objects, photos in albums, with the domain crate alone.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::sync::Arc;

use bailiwick_domain::page::{Field, FieldValue};
use bailiwick_domain::reason::Reason;
use bailiwick_domain::*;
use time::OffsetDateTime as Time;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
struct Photo(&'static str);

impl Entity for Photo {
    const KIND: Kind = Kind::File;
    const FIELDS: &'static [Field] = &[];
    fn value(&self, _field: &str) -> FieldValue {
        FieldValue::Null
    }
    fn record(&self) -> serde_json::Value {
        self.0.into()
    }
}

fn main() {
    // A friend may view all that is in an album, and edit what is their own.
    let rights = Rights::of([
        Rule::new(Kind::File, Operation::View, Scope::Organization),
        Rule::new(Kind::File, Operation::Edit, Scope::Own),
    ]);
    let gate = Gate::new(Arc::new(Policy::default()), Time::UNIX_EPOCH);

    let [family, ada, ben, summer, winter] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
    let home = Lineage::default().with(Level::Organization, family);
    let [summer, winter] = [summer, winter].map(|album| Facts::new(Kind::Project, album, home));
    let (role_name, role, at) = (String::from("friend"), Uuid::from_u128(6), summer.clone());
    let mut caller = Caller::new(PrincipalId::user(ada), family);
    let (grant, roles, ends_at) = (Uuid::from_u128(7), Default::default(), None);
    caller.grants.push(Held { grant, role, role_name, at, rights, roles, ends_at });

    let photos = [(&summer, ada, "Ada's beach"), (&summer, ben, "Ben's beach"), (&winter, ben, "Ben's snow")];
    for (id, (album, maker, title)) in (8..).map(Uuid::from_u128).zip(photos) {
        let facts = album.child(Kind::File, id, Some(PrincipalId::user(maker)));
        let (now, near, data) = (gate.now(), Vec::new(), Photo(title));
        let row = Sealed::new(Object { id, created_at: now, updated_at: now, version: 1, facts, near, data });
        ask::<View>(&gate, &caller, row.clone());
        ask::<Edit>(&gate, &caller, row);
    }
}

fn ask<A: Action>(gate: &Gate, caller: &Caller, row: Sealed<Photo>) {
    let answer = match gate.open::<A, _>(caller, Some(row)) {
        Ok(photo) => format!("{:?} by {:?}", photo.data(), Reason::from(photo.because())),
        Err(denial) => format!("denied, {:?}", denial.answer),
    };
    println!("{}: {answer}", A::OPERATION);
}
