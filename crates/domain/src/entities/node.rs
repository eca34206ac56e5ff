//! Nodes: an organization's remote workers, each in one collaboration.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Standing;
use crate::facts::Facts;
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// What a node's organization lets it run; what is absent is not restricted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NodePolicy {
    /// The users whose tasks it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<Uuid>>,
    /// The organizations whose tasks it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<Uuid>>,
    /// The images that it runs; one that ends with `*` stands for all that begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
}

impl NodePolicy {
    /// What of a task it does not let run: who asks, whose home asks, or the image.
    pub fn forbids(&self, user: Option<Uuid>, home: Option<Uuid>, image: &str) -> Option<&'static str> {
        let among = |allowed: &Option<Vec<Uuid>>, who: Option<Uuid>| {
            allowed.as_ref().is_none_or(|allowed| who.is_some_and(|who| allowed.contains(&who)))
        };
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => image.starts_with(start),
            None => image == pattern,
        };
        if !among(&self.users, user) {
            Some("this user")
        } else if !among(&self.organizations, home) {
            Some("this organization")
        } else if !self.images.as_ref().is_none_or(|images| images.iter().any(fits)) {
            Some("this image")
        } else {
            None
        }
    }
}

/// An organization's remote worker in one collaboration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unique in the organization.
    pub name: String,
    /// The collaboration that it works in; it never changes.
    pub collaboration_id: Uuid,
    /// Whether it may act.
    pub status: Standing,
    /// What it lets run.
    pub policy: NodePolicy,
    /// The first characters of its secret, to tell secrets apart.
    pub prefix: String,
    /// SHA-256 of its secret, in hexadecimal. Never shown.
    pub secret_hash: String,
    /// When it was last heard of, to the minute.
    pub last_seen_at: Option<OffsetDateTime>,
}

impl Entity for Node {
    const KIND: Kind = Kind::Node;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("status", Standing::WORDS),
        Field::id("organization_id"),
        Field::naming("collaboration_id", &[Kind::Collaboration]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.collaboration = Some(self.collaboration_id);
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "collaboration_id": self.collaboration_id, "status": self.status,
            "policy": self.policy, "prefix": self.prefix,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::NodePolicy;

    #[test]
    fn what_is_absent_is_not_restricted() {
        assert_eq!(NodePolicy::default().forbids(None, None, "any"), None);
    }

    #[test]
    fn each_restriction_holds() {
        let (ada, north) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let policy = NodePolicy {
            users: Some(vec![ada]),
            organizations: Some(vec![north]),
            images: Some(vec!["algorithms/mean:*".to_owned(), "algorithms/sum:1".to_owned()]),
        };
        let forbids = |user, home, image| policy.forbids(user, home, image);
        assert_eq!(forbids(Some(ada), Some(north), "algorithms/mean:3"), None);
        assert_eq!(forbids(Some(ada), Some(north), "algorithms/sum:1"), None);
        assert_eq!(forbids(None, Some(north), "algorithms/sum:1"), Some("this user"));
        assert_eq!(forbids(Some(ada), None, "algorithms/sum:1"), Some("this organization"));
        assert_eq!(forbids(Some(ada), Some(north), "algorithms/sum:11"), Some("this image"));
    }
}
