//! Proposals: that an organization enters a collaboration.

use actix_web::http::StatusCode;
use bailiwick_app::proposals::{self, NewProposal};
use bailiwick_app::read;
use bailiwick_domain::entities::{Collaboration, Proposal, ProposalStatus};

use crate::access::{Act, Add, List, ListUnder, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::ProposalView;

/// Proposes that an organization enters a collaboration.
#[utoipa::path(post, path = "/collaborations/{id}/proposals", request_body = NewProposal, responses((status = 202, body = ProposalView)))]
pub async fn create_proposal(add: Add<Collaboration, NewProposal>) -> Answer {
    let Add { cx, under, body, .. } = add;
    let made = proposals::create_proposal(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::ACCEPTED, made).await
}

/// Lists the proposals that the caller may view: those of collaborations and organizations that they may edit.
#[utoipa::path(get, path = "/proposals", responses((status = 200, body = Page<ProposalView>)))]
pub async fn list_proposals(list: List<Proposal>) -> Answer {
    let found = read::list::<Proposal>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the proposals of a collaboration.
#[utoipa::path(get, path = "/collaborations/{id}/proposals", responses((status = 200, body = Page<ProposalView>)))]
pub async fn list_collaboration_proposals(list: ListUnder<Collaboration, Proposal>) -> Answer {
    let found = read::list_under::<Collaboration, Proposal>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a proposal, to either side.
#[utoipa::path(get, path = "/proposals/{id}", responses((status = 200, body = ProposalView)))]
pub async fn show_proposal(show: Show<Proposal>) -> Answer {
    let found = read::show::<Proposal>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Accepts a proposal, for the organization: it enters the collaboration.
#[utoipa::path(post, path = "/proposals/{id}/accept", responses((status = 200, body = ProposalView)))]
pub async fn accept_proposal(act: Act<Proposal>) -> Answer {
    answer(act, ProposalStatus::Accepted).await
}

/// Declines a proposal.
#[utoipa::path(post, path = "/proposals/{id}/decline", responses((status = 200, body = ProposalView)))]
pub async fn decline_proposal(act: Act<Proposal>) -> Answer {
    answer(act, ProposalStatus::Declined).await
}

/// Withdraws a proposal.
#[utoipa::path(post, path = "/proposals/{id}/withdraw", responses((status = 200, body = ProposalView)))]
pub async fn withdraw_proposal(act: Act<Proposal>) -> Answer {
    answer(act, ProposalStatus::Withdrawn).await
}

async fn answer(act: Act<Proposal>, to: ProposalStatus) -> Answer {
    let changed = proposals::answer_proposal(&act.cx, act.id, to).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}
