//! Tokens of nodes, which prove themselves by their secret, and of containers, which their node asks for.

use bailiwick_domain::Policy;
use bailiwick_domain::ports::{
    AuthError, Authenticated, Credential, CredentialKey, Known, MachinePair, MachineToken, Scheme, Secret,
    StoreError,
};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::auth::Auth;
use crate::authenticate::{At, TOUCH, authenticated, note};
use crate::secrets;

/// How long the token of a container is good at most; it ends with its run.
const CONTAINER: Duration = Duration::days(7);

impl Auth {
    /// A token for a node. One look-up by its id and one hash, however many nodes there are.
    pub(crate) async fn node_token(
        &self,
        node: Uuid,
        secret: &Secret,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<MachinePair, AuthError> {
        let known = self.store.known(CredentialKey::Node(node)).await?;
        let Some(Known { identity, credential: Credential::Node { secret_hash }, .. }) = known else {
            return Err(AuthError::NotGood);
        };
        let sound = secrets::is_sound(secrets::NODE, secret.reveal());
        if !sound || !secrets::is(secret.reveal(), &secret_hash) || identity.caller(policy, now).is_none() {
            return Err(AuthError::NotGood);
        }
        let (token, stored) = self.machine_token(PrincipalId::node(node), now + self.config.access, now);
        let unit = self.store.begin().await?;
        // A new secret that came between ends what the old one proved.
        match unit.known(CredentialKey::Node(node)).await? {
            Some(Known { credential: Credential::Node { secret_hash: still }, .. })
                if still == secret_hash => {}
            _ => return Err(AuthError::NotGood),
        }
        unit.add_machine_token(&stored).await?;
        unit.touch_node(node, now).await?;
        unit.commit().await?;
        Ok(MachinePair { identity, token, stored })
    }

    /// A token for the container of a run.
    pub(crate) fn container_token(&self, run: Uuid, now: OffsetDateTime) -> (Secret, MachineToken) {
        self.machine_token(PrincipalId::container(run), now + CONTAINER, now)
    }

    fn machine_token(
        &self,
        principal: PrincipalId,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> (Secret, MachineToken) {
        let prefix = match principal.kind {
            PrincipalKind::Container => secrets::CONTAINER_TOKEN,
            _ => secrets::NODE_TOKEN,
        };
        let id = self.random.id(now);
        let token = secrets::generate_token(prefix, id, &*self.random);
        let secret_hash = secrets::hash(token.reveal());
        (token, MachineToken { id, principal, secret_hash, created_at: now, expires_at })
    }

    /// The node or container of a token; a node is noted to have been heard of.
    pub(crate) async fn by_machine(
        &self,
        id: Uuid,
        token: &str,
        at: At<'_>,
    ) -> Result<Authenticated, AuthError> {
        let good = |credential: &Credential| match credential {
            Credential::Machine { token: stored, last_seen_at }
                if secrets::is(token, &stored.secret_hash) && at.now < stored.expires_at =>
            {
                Ok((stored.principal, *last_seen_at))
            }
            _ => Err(AuthError::NotGood),
        };
        let (found, (principal, seen)) = self.principal(CredentialKey::Machine(id), id, at, good).await?;
        let is_node = principal.kind == PrincipalKind::Node;
        if is_node && seen.is_none_or(|seen| at.now - seen >= TOUCH) {
            let unit = self.store.begin().await?;
            let written = unit.touch_node(principal.id, at.now).await;
            note(unit, written).await?;
        }
        Ok(authenticated(Scheme::Bearer, found, None))
    }

    /// The principal of a token that is good.
    pub(crate) async fn machine_of(&self, token: &Secret) -> Result<Option<PrincipalId>, StoreError> {
        let text = token.reveal();
        let Some(id) = secrets::machine_of(text) else { return Ok(None) };
        Ok(match self.store.known(CredentialKey::Machine(id)).await? {
            Some(Known { credential: Credential::Machine { token, .. }, .. })
                if secrets::is(text, &token.secret_hash) =>
            {
                Some(token.principal)
            }
            _ => None,
        })
    }
}
