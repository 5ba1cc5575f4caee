//! What every back end promises, as tests: one promise a function, run on each by [`conformance!`](crate::conformance!).
//!
//! The promises are written against the trait alone, so that a second back end has nothing to reinterpret. A promise panics when it
//! is broken; the scene it plays in is set by [`Scene`].

pub mod accounts;
pub mod administration;
pub mod asking;
pub mod bots;
pub mod chats;
pub mod lanes;
pub mod members;
pub mod messages;
pub mod moderation;
pub mod receipts;
pub mod replies;
pub mod rooms;
mod scene;
pub mod tokens;

pub use scene::Scene;

/// Runs every promise on the stores that `$make` (an async function without arguments) opens, one fresh store each.
#[macro_export]
macro_rules! conformance {
    ($make:path) => {
        $crate::conformance! { @each $make;
            accounts::names_are_taken_whatever_their_case,
            accounts::only_the_first_may_become_administrator_by_being_first,
            accounts::a_revoked_session_is_over_and_the_others_are_not,
            accounts::a_new_password_ends_the_other_sessions,
            accounts::somebody_deactivated_has_no_session,
            accounts::a_name_that_changes_is_told_in_every_room,
            accounts::a_change_of_a_name_is_counted_and_other_changes_are_not,
            accounts::settings_are_kept_once,
            administration::what_is_done_to_somebody_is_written_down_and_what_is_refused_is_not,
            administration::who_governs_no_more_changes_nothing,
            administration::the_last_administrator_stays_one,
            administration::the_log_is_searched_and_read_in_pages,
            administration::people_are_listed_by_name_and_by_what_they_are,
            administration::a_link_for_a_password_is_good_once_and_not_for_ever,
            administration::a_deleted_person_leaves_words_and_rooms_to_others,
            administration::rooms_replies_and_tokens_are_listed_and_governed,
            tokens::a_revoked_token_is_over_and_the_others_are_not,
            tokens::a_token_keeps_how_far_it_reaches,
            tokens::a_token_that_expires_is_over_by_itself,
            tokens::somebody_deactivated_has_no_token,
            tokens::named_tokens_are_limited_and_logins_end_the_one_not_used_for_longest,
            rooms::a_slug_is_unique_and_an_old_one_still_leads_there,
            receipts::an_author_is_told_how_far_a_message_came,
            receipts::marks_go_forward_and_tell_the_authors_behind_them,
            receipts::in_large_rooms_readers_are_counted_and_not_named,
            rooms::two_people_have_one_direct_room,
            rooms::a_few_people_have_one_group,
            rooms::a_group_is_found_by_those_who_stay,
            rooms::public_rooms_are_listed_and_private_ones_are_not,
            rooms::unread_messages_are_counted_until_they_are_read,
            rooms::naming_is_counted_apart_until_it_is_read,
            rooms::a_chat_session_keeps_its_address_and_its_walls,
            rooms::nobody_is_in_more_rooms_than_one_may_be,
            rooms::an_invitation_lets_in_until_it_is_withdrawn,
            members::joining_twice_is_joining_once,
            members::a_removed_person_may_come_back_and_a_banned_one_may_not,
            members::the_last_owner_stays_until_there_is_another,
            members::moderators_act_on_members_and_not_on_owners,
            members::read_only_people_come_back_read_only,
            members::a_ban_from_a_private_room_tells_an_outsider_nothing,
            members::people_are_found_by_how_their_names_begin,
            members::newcomers_read_from_joining_when_the_room_says_so,
            messages::ids_and_places_are_in_commit_order_under_eight_writers,
            messages::a_post_is_told_as_it_is_read,
            messages::the_same_draft_is_written_once_for_ever,
            messages::an_edit_keeps_the_earlier_text,
            messages::a_deletion_leaves_a_tombstone_and_no_text,
            messages::answers_change_with_what_they_quote,
            messages::a_deleted_answer_quotes_nothing,
            messages::only_what_was_just_posted_is_news,
            messages::reactions_and_pins_come_and_go,
            messages::those_named_are_told_and_others_are_not,
            messages::pages_lead_through_the_history,
            messages::rights_are_checked_again_when_writing,
            messages::the_first_message_joins,
            moderation::a_hidden_message_is_read_by_nobody_until_it_is_restored,
            moderation::what_is_hidden_is_neither_unread_nor_a_mention,
            moderation::an_erased_message_leaves_nothing_to_restore,
            moderation::a_hidden_answer_stays_hidden,
            moderation::a_message_is_reported_once_by_each_and_settled_for_all,
            moderation::a_report_is_settled_with_what_comes_of_it_or_not_at_all,
            moderation::administrators_see_of_private_rooms_only_what_was_reported,
            moderation::messages_are_found_by_words_author_room_and_time,
            moderation::an_invitation_to_the_server_makes_so_many_accounts,
            lanes::changes_since_any_place_lead_to_the_present_state,
            lanes::a_place_that_cannot_be_is_reset,
            lanes::heads_are_those_of_the_lanes,
            asking::a_bot_answers_when_it_was_told_to_and_not_otherwise,
            asking::a_repeated_question_is_answered_once,
            asking::a_bot_that_may_not_write_does_not_answer,
            asking::bots_answer_each_other_a_few_times,
            asking::a_room_has_so_many_replies_in_progress,
            asking::a_bot_is_told_what_everyone_may_read,
            asking::those_named_by_a_bot_are_told,
            replies::a_reply_grows_and_becomes_a_message,
            replies::a_job_has_one_holder,
            replies::a_queued_reply_is_run_by_the_next_holder,
            replies::a_sent_reply_whose_process_died_ends_with_its_text,
            replies::whoever_asked_or_keeps_order_may_stop_it,
            replies::a_reply_that_nobody_runs_is_stopped_at_once,
            replies::another_run_gives_the_message_another_text,
            replies::not_everyone_may_ask_again,
            replies::a_deleted_answer_stays_deleted,
            replies::a_bot_that_may_not_write_any_more_is_asked_to_stop,
            bots::a_bot_is_made_and_changed,
            bots::what_is_used_is_counted,
            bots::budgets_are_kept_when_many_begin_at_once,
            bots::what_guests_use_counts_for_everyone_and_for_nobody_else,
            bots::what_was_not_understood_is_kept,
            chats::who_knows_the_address_comes_in_once,
            chats::a_chat_session_is_closed_to_those_who_may_not_enter,
            chats::a_chat_session_has_so_many_members,
            chats::what_was_said_in_a_chat_session_is_read_at_once,
        }
    };
    (@each $make:path; $($noun:ident :: $promise:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let (store, _kept) = $make().await;
            $crate::conformance::$noun::$promise($crate::conformance::Scene::new(store)).await;
        })*
    };
}
