//! First arguments of handlers about work: taking tasks, reading bytes and activity, taking members out.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::{Cx, FieldError};
use bailiwick_domain::entities::User;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Entity;
use bailiwick_domain::ports::Secret;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::access::{Access, AccessRule, Principals, Takes};
use crate::body::Body;
use crate::extract::{Extracting, extractor};
use crate::problem::Problem;
use crate::request::{context, path_id, refuse_unknown, take, take_flag, wish};

extractor! {
    /// Taking one of the objects under another one.
    Take<P: Entity, T: Entity, B: DeserializeOwned> {
        /// What it is taken from.
        under: Uuid,
        /// The body; the default of an empty one.
        body: B,
    }
    rule = AccessRule {
        under: Some(P::KIND),
        takes: Takes { dry_run: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::WORKERS, Operation::Edit, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let body = payload.optional_json(&request)?;
        cx.wish.dry_run = take_flag(&mut pairs, "dry_run")?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// Reading how far the making of objects under another one is: for who may make them.
    Watch<P: Entity, T: Entity> {
        /// Where they are made.
        under: Uuid,
    }
    rule = AccessRule {
        under: Some(P::KIND),
        ..AccessRule::new(Principals::ALL, Operation::Create, T::KIND)
    };
    extract(request, _payload, cx, pairs) { (path_id(&request, "id"),) }
}

extractor! {
    /// Reading bytes of an object: all, or what `Range` asks for.
    Read<T: Entity> {
        /// Which one.
        id: Uuid,
        /// The request, with its conditions.
        request: HttpRequest,
    }
    rule = AccessRule::new(Principals::ALL, Operation::View, T::KIND);
    extract(request, _payload, cx, pairs) { (path_id(&request, "id"), request.clone()) }
}

extractor! {
    /// Reading what was done to an object.
    History<T: Entity> {
        /// Which one.
        id: Uuid,
        /// The last deed that was seen.
        after: Option<Uuid>,
    }
    rule = AccessRule {
        takes: Takes { after: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::View, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        let wrong = |_| Problem::invalid(vec![FieldError::new("after", "an id (UUID): `next` of the answer before")]);
        let after = take(&mut pairs, "after")?.map(|id| id.parse().map_err(wrong)).transpose()?;
        (path_id(&request, "id"), after)
    }
}

extractor! {
    /// Taking somebody out of a place: every grant that they have in it goes.
    Member<P: Entity> {
        /// The place.
        under: Uuid,
        /// Who: a claim, until the deed has looked them up.
        member: Claimed<User>,
    }
    rule = AccessRule {
        under: Some(P::KIND),
        takes: Takes { dry_run: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Delete, Kind::Grant)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"), Claimed::from_wire(path_id(&request, "other_id")))
    }
}

/// Following a link that is good without other credentials: those of the request count for nothing here.
pub struct Follow {
    /// The context of the request.
    pub cx: Cx,
    /// The token in the path.
    pub token: Secret,
    /// The request, with its conditions.
    pub request: HttpRequest,
}

impl Access for Follow {
    const RULE: AccessRule = AccessRule::plain(Principals::ALL);
}

impl FromRequest for Follow {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            Body::read(&request, payload).await?;
            let (state, deed) = crate::request::route(&request)?;
            refuse_unknown(&crate::request::query_pairs(&request)?)?;
            let token = Secret::new(request.match_info().get("token").unwrap_or_default().to_owned());
            Ok(Self { cx: Cx::anonymous(state.app.clone(), deed), token, request })
        })
    }
}
