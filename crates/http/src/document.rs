//! The OpenAPI document: what handlers say of themselves, and what their first arguments declare.

use std::collections::BTreeMap;

use bailiwick_domain::page::{Field, FieldKind};
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, RefOr, Required,
    Response, ResponseBuilder, Server,
};
use utoipa::{PartialSchema, ToSchema};

use crate::BASE;
use crate::access::AccessRule;
use crate::links::Links;
use crate::list::{MOST, sortable};
use crate::problem::ProblemDocument;
use crate::register::{Registered, Routes};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The objects, in order.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
    /// How many there are in all, where `count=true` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Where to go from here.
    pub links: Links,
}

/// An object, with the first page of what hangs under it.
#[derive(Debug, Serialize, ToSchema)]
pub struct With<V, C> {
    /// The object.
    #[serde(flatten)]
    pub object: V,
    /// By the name of its list, where `include` asked for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub included: BTreeMap<&'static str, Page<C>>,
}

/// The document of these routes.
pub fn document(routes: &Routes) -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new()
        .schema("Problem", ProblemDocument::schema())
        .security_scheme("cookie", cookie_scheme())
        .security_scheme("app", app_scheme())
        .security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)))
        .security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let mut problem_schemas = Vec::new();
    ProblemDocument::schemas(&mut problem_schemas);
    for (name, schema) in problem_schemas {
        components = components.schema(name, schema);
    }
    for route in routes.iter() {
        let mut schemas = Vec::new();
        (route.schemas)(&mut schemas);
        for (name, schema) in schemas {
            components = components.schema(name, schema);
        }
        let method = http_method(route);
        paths = paths.path(route.path.clone(), PathItem::new(method, operation(route)));
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Bailiwick")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Shared work between organizations that do not trust each other by default. Every answer comes \
                     from one permission gate; `x-permission` says what each operation asks of it.",
                ))
                .license(Some(utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").build()))
                .build(),
        )
        .servers(Some([Server::new(BASE)]))
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

fn cookie_scheme() -> SecurityScheme {
    let about = "set by /auth/login; what changes something carries the CSRF token in X-CSRF-Token";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description("bailiwick", about)))
}

fn app_scheme() -> SecurityScheme {
    let about = "the key of a client app, alone or beside credentials that were issued for it; where somebody signs in or \
                 registers, what is issued is issued for it";
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-App-Key", about)))
}

fn http_method(route: &Registered) -> utoipa::openapi::HttpMethod {
    use actix_web::http::Method;
    use utoipa::openapi::HttpMethod;
    match route.method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Registered) -> Operation {
    let mut operation = (route.operation)();
    let rule = &route.rule;
    operation.operation_id = Some(route.deed.to_owned());
    operation.tags = route.path.split('/').nth(1).map(|tag| vec![tag.to_owned()]);
    let has_body = operation.request_body.is_some();
    let mut parameters = operation.parameters.take().unwrap_or_default();
    parameters.extend(path_parameters(route).into_iter().map(RefOr::T));
    parameters.extend(query_parameters(rule).into_iter().map(RefOr::T));
    operation.parameters = Some(parameters).filter(|parameters| !parameters.is_empty());
    for (status, about) in errors(route, has_body) {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(about)));
    }
    let mut security: Vec<_> = ["cookie", "basic", "bearer"]
        .into_iter()
        .map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()))
        .collect();
    if rule.principals.anonymous {
        security.push(SecurityRequirement::new("app", Vec::<String>::new()));
        security.push(SecurityRequirement::default());
    }
    operation.security = Some(security);
    let permission = json!({
        "principals": rule.principals.kinds,
        "anonymous": rule.principals.anonymous,
        "operation": rule.operation,
        "kind": rule.kind,
        "under": rule.under,
    });
    operation
        .extensions
        .get_or_insert_default()
        .merge(utoipa::openapi::extensions::Extensions::builder().add("x-permission", permission).build());
    operation
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: bool,
    about: &str,
    schema: ObjectBuilder,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description(Some(about))
        .schema(Some(schema.build()))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn uuid() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

fn flag() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean)
}

fn path_parameters(route: &Registered) -> Vec<Parameter> {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let schema = |name: &str| if name == "token" { text() } else { uuid() };
    names.map(|name| parameter(name, ParameterIn::Path, true, "which one", schema(name))).collect()
}

fn query_parameters(rule: &AccessRule) -> Vec<Parameter> {
    let query = |name: &str, about: &str, schema| parameter(name, ParameterIn::Query, false, about, schema);
    let header = |name: &str, about: &str| parameter(name, ParameterIn::Header, false, about, text());
    let mut found = Vec::new();
    if let Some(fields) = rule.takes.list {
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MOST))
            .default(Some(json!(50)));
        found.push(query("limit", "how many objects at most", limit));
        found.push(query("cursor", "`next` of the page before", text()));
        let orders = sortable(fields).flat_map(|name| [name.to_owned(), format!("-{name}")]);
        found.push(query("sort", "the order; `-` for the reverse", text().enum_values(Some(orders))));
        found.push(query("count", "whether to count all", flag()));
        found.push(query("q", "part of the name", text()));
        let instant = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        found.push(query("created_after", "made after this time", instant));
        found.extend(fields.iter().map(filter));
    }
    if rule.takes.after {
        found.push(query("after", "`next` of the answer before", text()));
    }
    if rule.takes.upload {
        found.push(query("name", "what the file is called; unique in the project", text()));
        found.push(query(
            "sha256",
            "SHA-256 of the bytes, in hexadecimal digits: others are refused",
            text(),
        ));
        found.push(query("dataset_id", "a dataset that is to hold it", uuid()));
    }
    if rule.takes.dry_run {
        found.push(query("dry_run", "all checks, no effect, the answer that it would give", flag()));
    }
    if rule.takes.cascade {
        found.push(query("cascade", "what hangs under it goes too, if the caller may delete each", flag()));
    }
    if let Some(collection) = rule.takes.include {
        let about =
            "what of all that hangs under it comes along, as far as the caller may view it: its first page";
        found.push(query("include", about, text().enum_values(Some([collection]))));
    }
    if rule.takes.if_match {
        found.push(header("If-Match", "the ETag that was seen: 412 when the object has moved on"));
    }
    if rule.takes.idempotency {
        found.push(header("Idempotency-Key", "the same key and body within 24 hours is carried out once"));
    }
    found
}

fn filter(field: &Field) -> Parameter {
    let all = field.unless.map(|_| Field::ALL);
    let schema = match field.kind {
        FieldKind::Text | FieldKind::Texts if !field.words.is_empty() => {
            text().enum_values(Some(field.words.iter().copied().chain(all)))
        }
        FieldKind::Flag if field.unless.is_some() => text().enum_values(Some(["true", "false", Field::ALL])),
        FieldKind::Number => ObjectBuilder::new().schema_type(Type::Integer),
        FieldKind::Text | FieldKind::Texts | FieldKind::Part => text(),
        FieldKind::Id | FieldKind::Ids | FieldKind::Holder => uuid(),
        FieldKind::Time => text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        FieldKind::Flag => flag(),
    };
    let about = match (field.kind, field.unless) {
        (_, Some(otherwise)) => {
            format!("only those with this value; `{otherwise}` where absent, `all` for all")
        }
        (FieldKind::Texts, _) => "only those that have this among others".to_owned(),
        (FieldKind::Part, _) => "only those in which this stands, in letters of either case".to_owned(),
        _ => "only those with this value".to_owned(),
    };
    parameter(field.name, ParameterIn::Query, false, about.as_str(), schema)
}

fn errors(route: &Registered, has_body: bool) -> Vec<(&'static str, &'static str)> {
    let rule = &route.rule;
    let changes = !route.method.is_safe();
    let mut found = vec![
        ("400", "malformed, or credentials of more than one scheme"),
        ("401", "credentials that are not good; none where they are needed"),
        (
            "403",
            "the caller may view it but not do this; a kind of principal that the route is not for; a guard",
        ),
        ("422", "a field that is wrong, by name"),
        ("503", "the server can't answer at the moment"),
    ];
    if route.path.contains('{') || rule.kind.is_some() {
        found.push(("404", "no such object, or the caller may not know of it"));
    }
    if changes {
        found.push((
            "409",
            "a state forbids it: a name that is taken, dependents, an archived project, the last root",
        ));
    }
    if (route.path.starts_with("/auth/") && has_body) || (rule.principals.anonymous && rule.kind.is_some()) {
        found.push((
            "429",
            "too many attempts, or requests without credentials; Retry-After says when to try again",
        ));
    }
    if has_body {
        found.push(("408", "the body did not arrive in time"));
        found.push(("413", "the body is too long"));
        found.push(("415", "the body is not of the type that this takes"));
    }
    if rule.takes.if_match {
        found.push(("412", "the object has moved on"));
        found.push(("428", "this server requires If-Match"));
    }
    found
}

fn problem(about: &str) -> Response {
    let schema = utoipa::openapi::Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description(about)
        .content("application/problem+json", Content::new(Some(schema)))
        .build()
}
