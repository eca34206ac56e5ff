//! Organizations and users of a world file.

use bailiwick_domain::entities::{Organization, Standing, User};
use bailiwick_domain::gate::{Edit, Sealed};
use bailiwick_domain::guards::{self, Concern};
use bailiwick_domain::ports::{Identity, Lookup, Record};
use bailiwick_domain::principal::PrincipalId;

use super::apply::Work;
use super::file::{Spot, UserEntry, path};
use super::place::permit;
use crate::create::{Made, made};
use crate::error::{AppError, FieldError};

impl Work<'_, '_> {
    /// Organizations that are missing.
    pub async fn organizations(&mut self) -> Result<(), AppError> {
        let mut new = Vec::new();
        for entry in &self.file.organizations {
            let name = entry.name.value.as_str();
            if self.known.has_organization(name) {
                continue;
            }
            self.line.set(entry.name.line);
            let permit = self.cx.gate.create_at_server::<Organization>(&self.cx.caller)?;
            let data = Organization { name: name.to_owned(), status: Standing::Active, public_key: None };
            let made = made(self.cx, permit, data);
            self.known.organizations.insert(name.to_owned(), made.new.object().clone());
            new.push((name.to_owned(), made));
        }
        self.add(new).await
    }

    /// Users who are missing, and addresses that differ.
    pub async fn users(&mut self) -> Result<(), AppError> {
        let cx = self.cx;
        let (mut new, mut moved) = (Vec::new(), Vec::new());
        for organization in &self.file.organizations {
            let home = organization.name.value.as_str();
            for entry in &organization.users {
                let path = path(home, entry.username.value.as_str());
                match self.known.users.get(&path) {
                    Some(user) if entry.email.as_ref().is_none_or(|email| *email == user.data.email) => {}
                    Some(_) => moved.push((path, entry)),
                    None => {
                        self.line.set(entry.username.line);
                        let permit = permit::<User, _>(cx, self.known.organizations.get(home))?;
                        let because = permit.because();
                        let data = User {
                            username: entry.username.value.as_str().to_owned(),
                            email: entry.email.clone().flatten(),
                            email_verified_at: None,
                            status: Standing::Active,
                        };
                        let made =
                            Made { new: guards::make_user(&cx.gate, permit, cx.new_id(), data), because };
                        self.known.users.insert(path.clone(), made.new.object().clone());
                        new.push((path, made));
                    }
                }
            }
        }
        self.add(new).await?;
        self.addresses(moved).await
    }

    async fn addresses(&mut self, moved: Vec<(String, &UserEntry)>) -> Result<(), AppError> {
        let cx = self.cx;
        let who: Vec<PrincipalId> = moved
            .iter()
            .filter_map(|(path, _)| self.known.users.get(path))
            .map(|user| PrincipalId::user(user.id))
            .collect();
        let standings: Vec<guards::Standing> =
            Lookup::identities(self.unit, &who).await?.iter().map(Identity::standing).collect();
        for (path, entry) in moved {
            self.line.set(entry.username.line);
            let Some(user) = self.known.users.get(&path) else { continue };
            let (id, me) = (user.id, PrincipalId::user(user.id));
            if cx.caller.is(me) {
                return Err(self.own_address(&entry.username));
            }
            let granted = cx
                .gate
                .open::<Edit, User>(&cx.caller, Some(Sealed::new(user.clone())))
                .map_err(|denial| AppError::denied(denial, id))?;
            let standing =
                standings.iter().find(|standing| standing.principal == me).ok_or(AppError::Contention)?;
            let because = granted.because();
            let email = entry.email.clone().flatten();
            let what = match &email {
                Some(email) => format!("email {email}"),
                None => "no email".to_owned(),
            };
            let changed = guards::change_user(&cx.gate, granted, standing, Concern::Secret, |user| {
                user.move_to(email)
            })?;
            self.change(path.clone(), because, &changed, what).await?;
            Record::end_sessions_of(self.unit, id, None).await?;
            self.unit.end_links_of(id).await?;
            self.known.users.insert(path, changed.after().clone());
        }
        Ok(())
    }

    fn own_address<T>(&self, at: &Spot<T>) -> AppError {
        let right = "your own address is changed with your password, not by a file".to_owned();
        AppError::Invalid(vec![FieldError::new(format!("{}:{}: email", self.file.name, at.line), right)])
    }
}
