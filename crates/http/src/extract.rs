//! First arguments of handlers: each takes the caller, the path, the query and the body, and declares its access.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::Cx;
use bailiwick_domain::kind::Operation;
use bailiwick_domain::object::Entity;
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::Presented;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::access::{Access, AccessRule, Parent, Principals, Takes};
use crate::body::Body;
use crate::list::{ListParams, parse_include, parse_list};
use crate::problem::Problem;
use crate::request::{
    Pairs, context, guest, idempotency, path_id, presented, query_pairs, refuse_unknown, request_id, route,
    take_flag, wish,
};
use crate::views::Shows;

pub(crate) type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

macro_rules! extractor {
    (
        $(#[$doc:meta])*
        $name:ident < $($param:ident $(: $bound:path)?),* > { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }
        rule = $rule:expr;
        extract($request:ident, $payload:ident, $cx:ident, $pairs:ident) $extract:block
    ) => {
        $(#[$doc])*
        pub struct $name<$($param $(: $bound)?),*> {
            /// The context of the request.
            pub cx: Cx,
            $($(#[$field_doc])* pub $field: $type,)*
            of: PhantomData<fn() -> ($($param,)*)>,
        }

        impl<$($param $(: $bound)? + 'static),*> Access for $name<$($param),*> {
            const RULE: AccessRule = $rule;
        }

        impl<$($param $(: $bound)? + 'static),*> FromRequest for $name<$($param),*> {
            type Error = Problem;
            type Future = Extracting<Self>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let $request = request.clone();
                let payload = payload.take();
                Box::pin(async move {
                    // The whole request first, then who asks: a right that ends while a body dribbles in has ended.
                    #[allow(unused_variables, reason = "not every extractor takes a body")]
                    let $payload = Body::read(&$request, payload).await?;
                    #[allow(unused_mut, reason = "not every extractor changes the context")]
                    let (mut $cx, mut $pairs) = context(&$request, &<Self as Access>::RULE).await?;
                    let ($($field,)*) = $extract;
                    refuse_unknown(&$pairs)?;
                    Ok(Self { cx: $cx, $($field,)* of: PhantomData })
                })
            }
        }
    };
}

pub(crate) use extractor;

extractor! {
    /// Reading one object.
    Show<T: Entity> {
        /// Which one.
        id: Uuid,
    }
    rule = AccessRule::new(Principals::ALL, Operation::View, T::KIND);
    extract(request, _payload, cx, pairs) { (path_id(&request, "id"),) }
}

extractor! {
    /// Reading one object, with the first page of what hangs under it where that is asked for.
    ShowWith<T: Entity, C: Shows> {
        /// Which one.
        id: Uuid,
        /// What is asked for of what hangs under it.
        children: Option<(Query, ListParams)>,
    }
    rule = AccessRule {
        takes: Takes { include: C::COLLECTION, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::View, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        let id = path_id(&request, "id");
        (id, parse_include::<C>(&request, &cx, &mut pairs, (T::KIND, id))?)
    }
}

extractor! {
    /// Listing what the caller may view.
    List<T: Entity> {
        /// Filters, order and page.
        query: Query,
        /// What the next page's address repeats.
        params: ListParams,
    }
    rule = AccessRule {
        takes: Takes { list: Some(T::FIELDS), ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::View, T::KIND)
    };
    extract(request, _payload, cx, pairs) { parse_list::<T>(&request, &cx, &mut pairs, None)? }
}

extractor! {
    /// Listing what the caller may view under a parent that the caller may view.
    ListUnder<P: Entity, T: Entity> {
        /// The parent.
        under: Uuid,
        /// Filters, order and page.
        query: Query,
        /// What the next page's address repeats.
        params: ListParams,
    }
    rule = AccessRule {
        under: Some(P::KIND),
        takes: Takes { list: Some(T::FIELDS), ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::View, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        let under = path_id(&request, "id");
        let (query, params) = parse_list::<T>(&request, &cx, &mut pairs, Some((P::KIND, under)))?;
        (under, query, params)
    }
}

extractor! {
    /// Making an object under a parent, from a body.
    Create<P: Parent, T: Entity, B: DeserializeOwned> {
        /// The parent; nil for the server.
        under: Uuid,
        /// The body.
        body: B,
    }
    rule = AccessRule {
        under: Some(P::PARENT),
        takes: Takes { dry_run: true, idempotency: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Create, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let body = payload.json(&request)?;
        cx.wish = wish(&request, &mut pairs)?;
        cx.wish.idempotency = idempotency(&request, payload.bytes())?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// Changing an object by a body.
    Change<T: Entity, B: DeserializeOwned> {
        /// Which one.
        id: Uuid,
        /// The body.
        body: B,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, if_match: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Edit, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let body = payload.json(&request)?;
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// A deed that changes an object and takes no body.
    Act<T: Entity> {
        /// Which one.
        id: Uuid,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, if_match: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Edit, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"),)
    }
}

extractor! {
    /// A deed that changes an object, with a body that may be left out.
    ActWith<T: Entity, B: DeserializeOwned> {
        /// Which one.
        id: Uuid,
        /// The body; the default of an empty one.
        body: B,
    }
    rule = Act::<T>::RULE;
    extract(request, payload, cx, pairs) {
        let body = payload.optional_json(&request)?;
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// A deed that changes an object, and concerns another one that the path names too.
    ActOn<T: Entity, U: Entity> {
        /// Which one.
        id: Uuid,
        /// The other one: a claim, until the deed has looked it up.
        other: Uuid,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, if_match: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Edit, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"), path_id(&request, "other_id"))
    }
}

extractor! {
    /// Making something by changing what it belongs to, from a body.
    Add<T: Entity, B: DeserializeOwned> {
        /// What it belongs to.
        under: Uuid,
        /// The body.
        body: B,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, idempotency: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Edit, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let body = payload.json(&request)?;
        cx.wish = wish(&request, &mut pairs)?;
        cx.wish.idempotency = idempotency(&request, payload.bytes())?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// Deleting an object.
    Remove<T: Entity> {
        /// Which one.
        id: Uuid,
        /// Whether what hangs under it goes too.
        cascade: bool,
    }
    rule = AccessRule {
        takes: Takes { dry_run: true, if_match: true, cascade: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Delete, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        let cascade = take_flag(&mut pairs, "cascade")?;
        (path_id(&request, "id"), cascade)
    }
}

extractor! {
    /// A deed for anybody, signed in or not.
    Anyone<B: DeserializeOwned> {
        /// The body; the default of an empty one.
        body: B,
        /// The query, as pairs.
        query: Pairs,
    }
    rule = AccessRule::plain(Principals::ALL);
    extract(request, payload, cx, pairs) {
        let body = payload.optional_json(&request)?;
        (body, std::mem::take(&mut pairs))
    }
}

/// A deed that proves who asks by its body: signing in, tokens. Credentials of the request count for nothing here, so
/// that a cookie that has ended does not keep its owner out; the key of a client app does.
pub struct Guest<B> {
    /// The context of the request.
    pub cx: Cx,
    /// The body.
    pub body: B,
    /// The headers that may hold credentials.
    pub presented: Presented,
}

impl<B: DeserializeOwned + 'static> Access for Guest<B> {
    const RULE: AccessRule = AccessRule::plain(Principals::ALL);
}

impl<B: DeserializeOwned + 'static> FromRequest for Guest<B> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let payload = Body::read(&request, payload).await?;
            let (state, deed) = route(&request)?;
            let presented = presented(&request);
            let (gate, who) = guest(state, &presented).await?;
            refuse_unknown(&query_pairs(&request)?)?;
            let body = payload.json(&request)?;
            let cx = Cx::new(state.app.clone(), gate, who, deed, request_id(&request));
            Ok(Self { cx, body, presented })
        })
    }
}

extractor! {
    /// A deed for anybody who proved who they are.
    SignedIn<B: DeserializeOwned> {
        /// The body; the default of an empty one.
        body: B,
        /// The query, as pairs.
        query: Pairs,
    }
    rule = AccessRule::plain(Principals::SIGNED_IN);
    extract(request, payload, cx, pairs) {
        let body = payload.optional_json(&request)?;
        (body, std::mem::take(&mut pairs))
    }
}

extractor! {
    /// A deed of people, about themselves.
    Person<B: DeserializeOwned> {
        /// The body; the default of an empty one.
        body: B,
        /// The id in the path; nil where there is none.
        id: Uuid,
    }
    rule = AccessRule::plain(Principals::USERS);
    extract(request, payload, cx, pairs) {
        let body = payload.optional_json(&request)?;
        (body, path_id(&request, "id"))
    }
}
