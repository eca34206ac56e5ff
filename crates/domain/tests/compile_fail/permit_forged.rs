//! Nobody but the gate makes a permit.
use std::marker::PhantomData;

use bailiwick_domain::entities::Job;
use bailiwick_domain::{Because, Caller, Edit, Granted, Object};

fn forge<'c>(object: Object<Job>, caller: &'c Caller, because: Because<'c>) -> Granted<'c, Edit, Job> {
    Granted { object, caller, because, action: PhantomData }
}

fn main() {}
