//! The whole surface on one page. Every path works with and without its trailing slash.

use crate::{
    Web,
    api::{
        administration as api_administration, bots as api_bots, chats as api_chats, me,
        members as api_members, messages as api_messages, moderation as api_moderation,
        receipts as api_receipts, replies as api_replies, rooms as api_rooms,
        server_settings as api_server_settings, tokens,
    },
    assets, credentials,
    djoser::{self, accounts as api_accounts, logins},
    extract,
    failure::{Door, Rooms, WebError},
    guard, health,
    openapi::{self, Row},
    pages::{
        accounts, admin, audit, bots, chats, directs, governed_rooms, guests, health as server_health,
        invites, jobs, levels, members, messages, moderation, own_tokens, reference, replies, reports, reset,
        room, room_settings, rooms, server_settings, settings, terms, tokens as all_tokens, training, usage,
        users,
    },
    transports::{chat, events, longpoll, seed, socket, stream},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{Uri, request::Parts},
    middleware,
    response::Response,
    routing::{any, delete, get, patch, post, put},
};
use domain::limits;

/// Rows of method, path and handler: a function that adds them to a router, and their list.
macro_rules! routes {
    ($name:ident $list:ident $($method:ident $path:literal => $handler:path;)*) => {
        fn $name(router: Router<Web>) -> Router<Web> {
            router$(.route($path, $method($handler)))*
        }

        const $list: &[(&str, &str)] = &[$((stringify!($method), $path)),*];
    };
}

/// The same, where JSON is spoken: beside each handler stands what it does, and a third name lists these for `openapi`.
macro_rules! described {
    ($name:ident $list:ident $rows:ident $($method:ident $path:literal => $module:ident::$handler:ident;)*) => {
        routes! { $name $list $($method $path => $module::$handler;)* }

        fn $rows() -> Vec<Row> {
            vec![$(Row {
                method: stringify!($method),
                path: $path,
                handler: (stringify!($module), stringify!($handler)),
                operation: $module::docs::$handler(),
            }),*]
        }
    };
}

/// Every route.
pub(crate) fn router(web: Web) -> Router {
    around(live(streams(polling(api(djoser(pages(Router::new())))))))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(middleware::from_fn(djoser::finish))
        .layer(middleware::from_fn_with_state(web.clone(), guard::watch))
        .with_state(web)
}

/// Every route as method and path, in the order of the tables below. `any` stands for a WebSocket.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    [PAGES, DJOSER, API, POLLING, STREAMS, LIVE, AROUND].into_iter().flatten().copied()
}

/// Every route that is described.
pub(crate) fn described() -> impl Iterator<Item = Row> {
    [djoser_rows(), api_rows(), polling_rows(), streams_rows()].into_iter().flatten()
}

routes! { pages PAGES
    get "/" => guests::show;
    post "/" => guests::create;
    get "/auth" => accounts::new;
    post "/auth" => accounts::create;
    get "/login" => accounts::new;
    post "/login" => accounts::log_in;
    get "/accounts/login" => accounts::new;
    post "/accounts/login" => accounts::log_in;
    get "/logout" => accounts::leaving;
    post "/logout" => accounts::log_out;
    get "/terms" => terms::show;
    get "/settings" => settings::show;
    post "/settings" => settings::save;
    post "/settings/password" => settings::password;
    post "/settings/sessions/{id}" => settings::end_session;
    post "/settings/tokens" => own_tokens::create;
    post "/settings/tokens/{id}" => own_tokens::destroy;
    get "/directs" => directs::new;
    post "/directs" => directs::create;
    get "/chats" => chats::index;
    post "/chats" => chats::create;
    get "/chats/{slug}" => chats::show;
    post "/chats/{slug}" => chats::join;
    get "/chats/{slug}/people" => chats::people;
    post "/chats/{slug}/people" => chats::add;
    get "/reset/{secret}" => reset::show;
    post "/reset/{secret}" => reset::choose;
    get "/invites/{secret}" => invites::show;
    post "/invites/{secret}" => invites::accept;
    get "/rooms" => rooms::index;
    get "/chat" => chat::page_or_socket;
    get "/rooms/new" => rooms::new;
    post "/rooms/new" => rooms::create;
    get "/rooms/{slug}" => room::show;
    post "/rooms/{slug}" => room::create;
    get "/chat/{slug}" => room::show;
    post "/chat/{slug}" => room::create;
    get "/rooms/{slug}/stream" => stream::show;
    post "/rooms/{slug}/join" => room::join;
    post "/rooms/{slug}/leave" => room::leave;
    get "/rooms/{slug}/level" => levels::edit;
    post "/rooms/{slug}/level" => levels::update;
    get "/rooms/{slug}/pins" => messages::pins;
    get "/rooms/{slug}/members" => members::index;
    post "/rooms/{slug}/members" => members::create;
    post "/rooms/{slug}/members/{id}" => members::update;
    post "/rooms/{slug}/invites" => members::invite;
    post "/rooms/{slug}/invites/{id}" => members::withdraw;
    get "/admin" => admin::home;
    get "/admin/users" => users::index;
    get "/admin/users/new" => users::new;
    post "/admin/users/new" => users::create;
    get "/admin/users/{id}" => users::show;
    post "/admin/users/{id}" => users::update;
    get "/admin/users/{id}/{act}" => users::acts::confirm;
    post "/admin/users/{id}/{act}" => users::acts::act;
    get "/admin/tokens" => all_tokens::index;
    get "/admin/tokens/{id}/revoke" => all_tokens::confirm;
    post "/admin/tokens/{id}/revoke" => all_tokens::revoke;
    get "/admin/rooms" => governed_rooms::index;
    get "/admin/rooms/{id}/rename" => governed_rooms::rename;
    post "/admin/rooms/{id}/rename" => governed_rooms::save_name;
    get "/admin/rooms/{id}/close" => governed_rooms::closing;
    post "/admin/rooms/{id}/close" => governed_rooms::close;
    get "/admin/rooms/{id}/open" => governed_rooms::opening;
    post "/admin/rooms/{id}/open" => governed_rooms::open;
    get "/admin/sessions" => governed_rooms::sessions;
    get "/admin/replies" => jobs::index;
    post "/admin/replies/{id}/stop" => jobs::stop;
    get "/admin/audit" => audit::index;
    get "/admin/bots" => bots::index;
    get "/admin/bots/new" => bots::new;
    post "/admin/bots/new" => bots::create;
    get "/admin/bots/{id}" => bots::edit;
    post "/admin/bots/{id}" => bots::update;
    get "/admin/bots/{id}/intents" => training::show;
    post "/admin/bots/{id}/intents" => training::set_threshold;
    post "/admin/bots/{id}/missed/{missed}" => training::teach;
    get "/admin/health" => server_health::show;
    get "/admin/usage" => usage::show;
    post "/admin/usage" => usage::save;
    get "/admin/reports" => reports::index;
    post "/admin/reports/{id}" => reports::resolve;
    get "/admin/messages" => moderation::index;
    get "/admin/messages/{id}" => moderation::show;
    post "/admin/messages/{id}" => moderation::update;
    get "/admin/messages/{id}/erase" => moderation::confirm;
    get "/admin/settings" => server_settings::show;
    post "/admin/settings" => server_settings::save;
    post "/admin/invites" => server_settings::invite;
    post "/admin/invites/{id}" => server_settings::withdraw;
    get "/rooms/{slug}/settings" => room_settings::show;
    post "/rooms/{slug}/settings" => room_settings::save;
    get "/rooms/{slug}/messages/{id}" => messages::show;
    get "/rooms/{slug}/messages/{id}/edit" => messages::edit;
    post "/rooms/{slug}/messages/{id}/edit" => messages::update;
    get "/rooms/{slug}/messages/{id}/delete" => messages::confirm;
    post "/rooms/{slug}/messages/{id}/delete" => messages::destroy;
    get "/rooms/{slug}/messages/{id}/reactions" => messages::reactions;
    post "/rooms/{slug}/messages/{id}/reactions" => messages::react;
    get "/rooms/{slug}/messages/{id}/versions" => messages::versions;
    get "/rooms/{slug}/messages/{id}/receipts" => messages::receipts;
    get "/rooms/{slug}/messages/{id}/reports" => messages::reporting;
    post "/rooms/{slug}/messages/{id}/reports" => messages::report;
    post "/rooms/{slug}/messages/{id}/pin" => messages::pin;
    post "/rooms/{slug}/messages/{id}/again" => replies::again;
    post "/rooms/{slug}/replies/{id}/stop" => replies::stop;
    get "/api/docs" => reference::show;
}

described! { djoser DJOSER djoser_rows
    get "/auth/users" => api_accounts::index;
    post "/auth/users" => api_accounts::create;
    post "/auth/users/create" => api_accounts::create_as_before;
    get "/auth/users/me" => api_accounts::me;
    put "/auth/users/me" => api_accounts::replace_me;
    patch "/auth/users/me" => api_accounts::change_me;
    delete "/auth/users/me" => api_accounts::close_me;
    get "/auth/me" => api_accounts::me_as_before;
    put "/auth/me" => api_accounts::replace_me_as_before;
    patch "/auth/me" => api_accounts::change_me_as_before;
    delete "/auth/me" => api_accounts::close_me_as_before;
    get "/auth/users/{id}" => api_accounts::show;
    put "/auth/users/{id}" => api_accounts::replace;
    patch "/auth/users/{id}" => api_accounts::update;
    delete "/auth/users/{id}" => api_accounts::destroy;
    post "/auth/users/set_password" => api_accounts::set_password;
    post "/auth/users/set_username" => api_accounts::set_username;
    post "/auth/users/reset_password" => api_accounts::reset_password;
    post "/auth/users/reset_password_confirm" => api_accounts::confirm_reset;
    post "/auth/users/resend_activation" => api_accounts::resend_activation;
    post "/auth/users/activation" => api_accounts::activate;
    post "/auth/token/login" => logins::create;
    post "/auth/token/create" => logins::create_as_before;
    post "/auth/token/logout" => logins::destroy;
    post "/auth/token/destroy" => logins::destroy_as_before;
}

described! { api API api_rows
    get "/api/openapi.json" => openapi::show;
    get "/api/me" => me::show;
    get "/api/people" => me::people;
    post "/api/directs" => me::direct;
    get "/api/bots" => api_bots::index;
    post "/api/bots" => api_bots::create;
    get "/api/bots/{id}" => api_bots::show;
    patch "/api/bots/{id}" => api_bots::update;
    get "/api/bots/{id}/missed" => api_bots::missed;
    post "/api/bots/{id}/missed/{missed}" => api_bots::teach;
    delete "/api/bots/{id}/missed/{missed}" => api_bots::forget;
    get "/api/admin/reports" => api_moderation::reports;
    patch "/api/admin/reports/{id}" => api_moderation::resolve;
    get "/api/admin/messages" => api_moderation::index;
    get "/api/admin/messages/{id}" => api_moderation::show;
    patch "/api/admin/messages/{id}" => api_moderation::update;
    delete "/api/admin/messages/{id}" => api_moderation::destroy;
    get "/api/admin/settings" => api_server_settings::show;
    patch "/api/admin/settings" => api_server_settings::update;
    get "/api/admin/invites" => api_server_settings::invites;
    post "/api/admin/invites" => api_server_settings::invite;
    delete "/api/admin/invites/{id}" => api_server_settings::withdraw;
    get "/api/admin/users" => api_administration::list_people;
    post "/api/admin/users" => api_administration::make_person;
    get "/api/admin/users/{id}" => api_administration::show_person;
    patch "/api/admin/users/{id}" => api_administration::change_person;
    delete "/api/admin/users/{id}" => api_administration::delete_person;
    post "/api/admin/users/{id}/reset" => api_administration::reset_password;
    delete "/api/admin/users/{id}/sessions" => api_administration::end_sessions;
    get "/api/admin/tokens" => api_administration::list_tokens;
    delete "/api/admin/tokens/{id}" => api_administration::revoke_token;
    get "/api/admin/rooms" => api_administration::list_rooms;
    patch "/api/admin/rooms/{id}" => api_administration::change_room;
    get "/api/admin/replies" => api_administration::list_replies;
    post "/api/admin/replies/{id}/stop" => api_administration::stop_reply;
    get "/api/admin/audit" => api_administration::list_acts;
    get "/api/usage" => api_bots::usage;
    put "/api/budgets" => api_bots::budget;
    get "/api/tokens" => tokens::index;
    post "/api/tokens" => tokens::create;
    delete "/api/tokens/{id}" => tokens::destroy;
    get "/api/chats" => api_chats::index;
    post "/api/chats" => api_chats::create;
    get "/api/chats/{slug}" => api_chats::show;
    patch "/api/chats/{slug}" => api_chats::update;
    get "/api/chats/{slug}/messages" => api_chats::messages;
    post "/api/chats/{slug}/messages" => api_chats::post;
    get "/api/rooms" => api_rooms::index;
    post "/api/rooms" => api_rooms::create;
    get "/api/rooms/{slug}" => api_rooms::show;
    patch "/api/rooms/{slug}" => api_rooms::update;
    post "/api/rooms/{slug}/join" => api_rooms::join;
    post "/api/rooms/{slug}/leave" => api_rooms::leave;
    put "/api/rooms/{slug}/read" => api_rooms::read;
    put "/api/rooms/{slug}/delivered" => api_receipts::deliver;
    get "/api/rooms/{slug}/receipts" => api_receipts::index;
    put "/api/rooms/{slug}/level" => api_rooms::level;
    post "/api/rooms/{slug}/invites" => api_rooms::invite;
    get "/api/rooms/{slug}/pins" => api_messages::pins;
    get "/api/rooms/{slug}/members" => api_members::index;
    post "/api/rooms/{slug}/members" => api_members::create;
    patch "/api/rooms/{slug}/members/{person}" => api_members::update;
    delete "/api/rooms/{slug}/members/{person}" => api_members::destroy;
    put "/api/rooms/{slug}/bans/{person}" => api_members::ban;
    delete "/api/rooms/{slug}/bans/{person}" => api_members::unban;
    get "/api/rooms/{slug}/messages" => api_messages::index;
    post "/api/rooms/{slug}/messages" => api_messages::create;
    get "/api/rooms/{slug}/messages/{id}" => api_messages::show;
    patch "/api/rooms/{slug}/messages/{id}" => api_messages::update;
    delete "/api/rooms/{slug}/messages/{id}" => api_messages::destroy;
    get "/api/rooms/{slug}/messages/{id}/versions" => api_messages::versions;
    get "/api/rooms/{slug}/messages/{id}/receipts" => api_receipts::show;
    post "/api/rooms/{slug}/messages/{id}/again" => api_replies::again;
    post "/api/rooms/{slug}/messages/{id}/reports" => api_messages::report;
    get "/api/rooms/{slug}/replies" => api_replies::index;
    post "/api/rooms/{slug}/replies/{id}/stop" => api_replies::stop;
    put "/api/rooms/{slug}/messages/{id}/pin" => api_messages::pin;
    delete "/api/rooms/{slug}/messages/{id}/pin" => api_messages::unpin;
    put "/api/rooms/{slug}/messages/{id}/reactions/{emoji}" => api_messages::react;
    delete "/api/rooms/{slug}/messages/{id}/reactions/{emoji}" => api_messages::unreact;
}

described! { polling POLLING polling_rows
    get "/rooms/{slug}/messages" => api_messages::poll;
    post "/rooms/{slug}/messages/create" => api_messages::create_polled;
}

described! { streams STREAMS streams_rows
    get "/api/events" => events::own;
    get "/api/rooms/{slug}/events" => events::room;
    get "/api/rooms/{slug}/changes" => longpoll::changes;
}

routes! { live LIVE
    any "/ws" => socket::open;
    any "/ws/chat" => chat::open;
    any "/ws/chat/{slug}" => seed::open;
}

routes! { around AROUND
    get "/assets/{file}" => assets::show;
    get "/favicon.ico" => assets::favicon;
    get "/healthz" => health::alive;
    get "/readyz" => health::ready;
    get "/metrics" => health::metrics;
}

async fn unknown(uri: Uri) -> Response {
    guard::answer(uri.path(), WebError::NoSuchPage)
}

/// Where JSON is spoken, strangers hear first that they are strangers.
async fn wrong_method(State(web): State<Web>, parts: Parts) -> Response {
    let path = parts.uri.path();
    if credentials::is_token_api(path) {
        return djoser::wrong_method(&parts, &web).await;
    }
    let error = match extract::viewer(&parts, &web).await {
        Ok(None) if guard::is_api(path) => WebError::Stranger(path.to_owned()),
        Err(error) => error,
        _ => WebError::WrongMethod,
    };
    if path.starts_with("/rooms/") && guard::is_api(path) {
        Rooms::answer(error)
    } else {
        guard::answer(path, error)
    }
}

/// A path without its trailing slash, so that both spellings meet one route.
pub(crate) fn without_slash(mut request: Request) -> Request {
    let path = request.uri().path();
    if path.len() > 1 && path.ends_with('/') {
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            let asked = std::mem::replace(request.uri_mut(), uri);
            request.extensions_mut().insert(Asked(asked));
        }
    }
    request
}

/// The address as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked(pub Uri);
