//! The conformance suite of the storage ports: each test is named once here, and stamped on every adapter by
//! [`crate::conformance!`].

#![expect(clippy::unwrap_used, reason = "these are tests; they live in a library to be stamped on adapters")]

mod apps;
mod atomicity;
mod audit;
mod credentials;
mod facts;
mod filters;
mod grants;
mod imports;
mod isolation;
mod keys;
mod links;
mod lists;
mod machines;
mod many;
mod names;
mod near;
mod orders;
mod pages;
mod people;
mod principals;
mod relations;
mod removals;
mod requests;
mod roles;
mod saves;
mod sessions;
mod sources;
mod stamps;
mod together;
mod tokens;
mod values;
mod work;

use bailiwick_domain::page::{Page, Query};
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::{Caller, Entity, Object};
use uuid::Uuid;

use crate::fixture::World;

/// The list of tests: the one place where each is named.
macro_rules! suite {
    (($d:tt) $($file:ident { $($test:ident)* })*) => {
        /// Every test of the suite, each for a fresh world.
        pub mod cases {
            $(pub use super::$file::{$($test),*};)*
        }

        /// Stamps the suite on an adapter: `conformance!(sqlite, open())` for a future that yields a fresh, empty
        /// store and what it lives in, such as its directory; `()` where there is no such thing.
        #[macro_export]
        macro_rules! conformance {
            ($d module:ident, $d fresh:expr) => {
                mod $d module {
                    // The name by which `cargo xtask test` counts them.
                    mod conforms {
                        use super::super::*;
                        $($(
                            #[::tokio::test]
                            async fn $test() {
                                let (store, guard) = $d fresh.await;
                                let world = $d crate::fixture::World::new(store, guard);
                                $d crate::conformance::cases::$test(world).await;
                            }
                        )*)*
                    }
                }
            };
        }
    };
}

suite! { ($)
    atomicity {
        a_dropped_unit_leaves_nothing
        a_unit_rolled_back_leaves_nothing
        a_unit_that_fails_midway_leaves_nothing
        a_unit_commits_every_kind_of_write_together
        a_unit_reads_what_it_wrote
        readers_see_nothing_of_an_open_unit
        units_do_not_lose_each_other_s_updates
    }
    isolation {
        two_units_do_not_each_undo_what_the_other_relies_on
        what_a_unit_did_not_find_is_not_there_when_it_commits
        a_unit_reads_the_same_twice
        units_that_stand_in_each_other_s_way_both_end
        a_name_that_two_want_at_once_is_given_to_one
        a_version_that_two_change_at_once_is_changed_by_one
        what_is_committed_is_there_for_every_unit_that_begins
    }
    saves {
        a_save_stores_the_change_and_its_version
        a_save_of_an_old_version_is_stale
        a_save_of_what_is_gone_is_stale
        nothing_is_added_under_a_parent_that_is_gone
    }
    many {
        many_objects_are_added_at_once
        many_objects_are_found_at_once
        a_taken_name_among_many_is_refused
        many_changes_are_recorded_at_once
    }
    names {
        names_are_unique_under_their_parent
        a_name_may_be_taken_again_after_rename_or_removal
        a_rename_to_a_taken_name_is_refused
        names_differ_by_every_byte
        names_are_found_by_every_byte
        names_are_as_long_as_they_may_be
    }
    keys {
        ids_are_told_apart_and_ordered_by_every_byte
        keys_of_requests_differ_by_every_byte
        settings_differ_by_every_byte
        hashes_differ_by_every_byte
    }
    values {
        every_kind_comes_back_as_it_was_stored
        times_come_back_to_the_microsecond
        times_are_ordered_from_the_first_year_on
        large_texts_come_back_whole
        texts_of_every_script_come_back
    }
    facts {
        facts_are_exact
        an_object_follows_its_project
        near_objects_are_exact
        near_objects_that_are_gone_are_left_out
        what_is_inside_an_anchor
        what_is_not_there_is_not_found
    }
    lists {
        everything_and_nothing
        homes_and_collaborations
        inside_each_level
        own_at_the_server_and_inside_anchors
        entitled_by_access_rules
        being_it
        bounded_by_a_maker
        confined_to_a_collaboration
    }
    pages {
        who_sees_many_projects_turns_all_pages
        pages_follow_each_other_in_every_order
        objects_that_come_between_pages_disturb_none
        a_list_counts_what_it_holds
        a_page_holds_at_most_its_limit
    }
    orders {
        every_order_holds_within_every_filter
        names_are_ordered_by_every_byte
        what_is_there_throughout_is_listed_once_while_others_come_and_go
    }
    filters {
        every_field_filters_by_each_of_its_values
        every_sortable_field_filters_by_what_comes_after
        filters_hold_together
        every_kind_with_a_name_is_searched_by_it
        names_are_searched_literally
        names_are_searched_whatever_the_case_of_ascii_letters
    }
    principals {
        a_user_is_known_by_id_and_by_login
        logins_differ_by_every_byte
        a_session_knows_its_user
        an_api_key_is_known_with_its_maker
        who_is_suspended_is_known_as_such
        an_identity_has_its_collaborations_with_their_members
        identities_leave_out_who_is_not_there
    }
    grants {
        a_grant_is_held_at_its_anchor_s_facts
        a_grant_is_in_force_while_nothing_above_it_sleeps
        grants_are_found_by_role_and_by_id
        lasting_holders_are_counted
    }
    roles {
        built_in_roles_are_put_and_renewed
        roles_of_organizations
        closures_are_stored_apart
    }
    near {
        a_unit_reads_what_stands_near_as_it_wrote_it
    }
    relations {
        who_is_concerned_by_an_object
        who_is_lent_something_is_concerned
        machines_and_sides_are_concerned
        candidates_are_searched_by_name
        members_of_a_collaboration
        dependents_are_counted_by_kind
        subtasks_at_any_depth
        near_objects_are_found_by_kind
        a_store_is_empty_until_it_has_an_organization
    }
    removals {
        a_removal_takes_the_grants_anchored_there
        a_removal_takes_the_grants_that_name_it
        a_removed_organization_leaves_its_collaborations
        a_removed_user_takes_all_that_acts_for_it
        a_removal_of_several_takes_all
    }
    sessions {
        sessions_are_listed_newest_first
        a_session_is_stored_anew
        an_ended_session_does_not_come_back
        sessions_of_a_user_end_but_one
        a_refresh_token_is_used_once
    }
    apps {
        what_a_credential_was_issued_for_comes_with_it
        sessions_end_with_the_app_that_they_were_begun_through
        keys_of_an_app_hang_under_it
    }
    stamps {
        a_remembered_principal_is_as_its_stamps_say
        the_policy_in_force_is_the_last_one_put
    }
    machines {
        a_node_is_known_by_id
        a_token_of_a_node_is_known_with_its_node
        a_container_is_known_with_its_maker_and_where_it_works
        a_container_whose_maker_is_gone_has_none
        a_container_may_act_while_its_run_is_open_and_its_node_awake
        a_container_works_where_its_project_is_shared_now
        identities_have_nodes_but_no_containers
    }
    tokens {
        tokens_of_a_machine_end_together
        a_container_has_one_token
        tokens_go_with_their_node_and_with_their_run
        a_node_that_was_heard_of_is_noted
        stored_bytes_come_back_exactly
        stored_bytes_are_taken_away
        a_removed_run_takes_what_is_stored_of_it
    }
    together {
        runs_are_found_by_project_task_and_node
        what_is_reported_of_a_run_is_stored
        nodes_and_projects_of_a_collaboration
        runs_are_listed_where_they_belong_and_where_they_are_executed
        machines_list_the_runs_that_they_execute
        a_proposal_lies_between_a_collaboration_and_an_organization
        proposals_are_seen_from_each_side_and_by_nobody_else
        an_answer_to_a_proposal_stores_its_status_alone
        proposals_go_with_either_side
    }
    links {
        links_are_tied_and_untied_once
        links_go_with_either_end
        what_is_lent_is_exact
        what_is_said_in_a_task_follows_its_assignee
        things_are_filtered_by_what_holds_them
        files_of_a_job_come_in_pages
    }
    work {
        the_next_task_is_the_first_that_is_to_be_had
        the_next_review_is_of_somebody_else_s_work
        many_who_take_tasks_at_once_get_each_once
        tasks_are_counted_by_status_and_assignee
        a_launched_job_is_found_until_it_is_active
        an_export_is_due_to_be_made_and_when_its_time_is_over
        the_work_of_a_user_is_found_inside_an_anchor
        the_history_of_an_object_is_told_in_order
        strays_are_found_from_their_time_on
        a_job_has_one_task_about_a_file
    }
    sources {
        the_latest_source_is_told
        tags_are_carried_down
        what_a_source_has_is_told
        contents_are_searched
    }
    imports {
        an_import_comes_back_as_it_was_stored
        an_import_goes_on_from_the_version_that_was_read
        the_import_that_has_waited_longest_is_due
        one_of_two_imports_is_begun
        an_import_goes_with_its_source
    }
    credentials {
        a_password_is_set_and_replaced
        a_use_of_an_api_key_is_noted
    }
    requests {
        an_answer_is_remembered_for_its_principal
        an_answer_is_remembered_once
        an_answer_is_kept_for_a_day
        events_leave_the_outbox_in_order
        settings_are_kept_and_taken_away
        storage_answers
    }
    people {
        letters_wait_until_they_are_due
        a_letter_is_taken_by_one
        a_mailed_link_is_good_once
        links_end_with_what_they_are_about
        a_user_is_found_by_an_address_that_was_proved
        a_second_factor_is_kept_renewed_and_removed
        marks_are_set_and_tidied
        invitations_count_as_the_grants_that_they_will_be
        invitations_go_with_their_place_and_their_role
    }
    audit {
        audit_events_come_back_whole
        audit_events_outlive_their_object
    }
}

/// Does something for every kind: `every_kind!(check(&world))`.
macro_rules! every_kind {
    ($check:ident($($argument:expr),*)) => {{
        use bailiwick_domain::entities as of;
        $check::<of::Organization>($($argument),*).await;
        $check::<of::Collaboration>($($argument),*).await;
        $check::<of::Proposal>($($argument),*).await;
        $check::<of::User>($($argument),*).await;
        $check::<of::Node>($($argument),*).await;
        $check::<of::Role>($($argument),*).await;
        $check::<of::Grant>($($argument),*).await;
        $check::<of::Invitation>($($argument),*).await;
        $check::<of::ApiKey>($($argument),*).await;
        $check::<of::ClientApp>($($argument),*).await;
        $check::<of::Project>($($argument),*).await;
        $check::<of::Job>($($argument),*).await;
        $check::<of::Task>($($argument),*).await;
        $check::<of::Run>($($argument),*).await;
        $check::<of::File>($($argument),*).await;
        $check::<of::Dataset>($($argument),*).await;
        $check::<of::Label>($($argument),*).await;
        $check::<of::Annotation>($($argument),*).await;
        $check::<of::Comment>($($argument),*).await;
        $check::<of::Export>($($argument),*).await;
        $check::<of::Source>($($argument),*).await;
        $check::<of::Content>($($argument),*).await;
        $check::<of::AuditEvent>($($argument),*).await;
    }};
}
use every_kind;

/// A page of what a caller may view.
async fn page<T: Entity>(world: &World, caller: &Caller, query: &Query) -> Page<T>
where
    dyn Store: Read<T>,
{
    let gate = world.gate();
    Read::<T>::list(&*world.store, &gate.visible::<T>(caller), query).await.unwrap()
}

/// All that the operator sees with this query, in order.
async fn listed<T: Entity>(world: &World, query: &Query) -> Vec<Object<T>>
where
    dyn Store: Read<T>,
{
    let page = page::<T>(world, &Caller::operator(), query).await;
    assert!(!page.more, "the query's limit is too small for this test");
    page.items.into_iter().map(|sealed| world.open(sealed)).collect()
}

/// The ids of objects, sorted.
fn ids<'a, T: 'a>(objects: impl IntoIterator<Item = &'a Object<T>>) -> Vec<Uuid> {
    sorted(objects.into_iter().map(|object| object.id))
}

/// Values, sorted.
fn sorted<V: Ord>(values: impl IntoIterator<Item = V>) -> Vec<V> {
    let mut values: Vec<V> = values.into_iter().collect();
    values.sort();
    values
}
