//! The description of the API (OpenAPI 3.1): at `/api/openapi.json`, and printed by `tertulia openapi`.
//!
//! Every row of the router's tables of JSON names a handler, and beside each handler, in its module's `docs`, stands an
//! [`Operation`] of the same name: a row without one does not compile. Schemas come from the types in `wire`, bounds
//! from `domain::limits`, path parameters and the usual refusals from the row itself.

mod fields;
mod operation;
mod refusals;
mod samples;
mod shapes;

pub(crate) use fields::{Field, ID_MAX, flag, number, object_of, place, text, texts, word};
pub(crate) use operation::Operation;
pub(crate) use shapes::{Shape, cursor, list, object, of};

use crate::router;
use axum::Json;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// A row of a table, and what stands beside its handler.
pub(crate) struct Row {
    pub method: &'static str,
    pub path: &'static str,
    /// The handler's module, which names the group, and its name.
    pub handler: (&'static str, &'static str),
    pub operation: Operation,
}

impl Row {
    /// The group this belongs to.
    fn group(&self) -> &'static str {
        self.handler.0.trim_start_matches("api_")
    }
}

/// What the groups are about, in the order they are shown.
const GROUPS: &[(&str, &str)] = &[
    ("chats", "Chat sessions: private rooms reached by an address that cannot be guessed"),
    ("me", "Oneself, and people one can write to"),
    ("accounts", "Signing up, and one's account, as in djoser"),
    ("logins", "Signing in and out by token, as in djoser"),
    ("tokens", "Tokens of one's programs"),
    ("rooms", "Rooms one is in, and public ones"),
    ("members", "Who is in a room"),
    ("messages", "What is said"),
    ("receipts", "What becomes of one's own messages"),
    ("replies", "What bots are saying now"),
    ("longpoll", "Changes of a room, waited for"),
    ("events", "Changes as server-sent events"),
    ("bots", "Bots, for administrators"),
    ("moderation", "Reports and messages, for administrators"),
    ("server_settings", "Settings and invitations of the server, for administrators"),
    (
        "administration",
        "People, tokens, rooms, replies and the audit log, for administrators; to everyone else there is nothing here",
    ),
    ("openapi", "This description"),
];

/// The description, ready.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The description of the API as JSON text.
pub fn openapi() -> String {
    format!("{:#}\n", *DOCUMENT)
}

/// `GET /api/openapi.json`
pub(crate) async fn show() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

/// What stands beside the handlers above.
pub(crate) mod docs {
    use super::{Operation, of};
    use serde_json::{Map, Value};

    pub(crate) fn show() -> Operation {
        Operation::new("Describe the API", "This document: OpenAPI 3.1.").for_anyone().gives(
            200,
            "The document",
            of::<Map<String, Value>>(),
        )
    }
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for row in router::described() {
        let path = if row.path.contains('.') { row.path.to_owned() } else { format!("{}/", row.path) };
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[row.method] = row.operation.describe(&row, &mut schemas);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tertulia", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "MIT", "identifier": "MIT" },
            "description": "A chat server in which people and bots share the same rooms. Bodies are JSON, form-encoded or multipart, as you \
                like; answers are JSON. A trailing slash is optional on every path.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }],
        "tags": GROUPS.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": refusals::responses(),
            "securitySchemes": {
                "token": { "type": "apiKey", "in": "header", "name": "Authorization", "description": "`Authorization: Token <key>`" },
                "session": { "type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The cookie of a signed-in browser; `__Host-sessionid` over HTTPS" },
            },
        },
    });
    for (name, schema) in refusals::schemas() {
        document["components"]["schemas"][name] = schema;
    }
    samples::fill(&mut document);
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard;
    use std::collections::BTreeSet;

    fn operations() -> BTreeSet<(String, String)> {
        let paths = DOCUMENT["paths"].as_object().expect("paths");
        let named = |(path, item): (&String, &Value)| {
            let path = path.trim_end_matches('/').to_owned();
            item.as_object()
                .expect("operations")
                .keys()
                .map(move |method| (method.clone(), path.clone()))
                .collect::<Vec<_>>()
        };
        paths.iter().flat_map(named).collect()
    }

    #[test]
    fn every_route_that_speaks_json_is_described_and_no_route_that_is_not_there() {
        let routes: BTreeSet<(String, String)> =
            router::routes().map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
        let spoken: BTreeSet<_> =
            routes.iter().filter(|(method, path)| method != "any" && guard::is_api(path)).cloned().collect();
        let described = operations();
        assert_eq!(
            spoken.difference(&described).collect::<Vec<_>>(),
            Vec::<&(String, String)>::new(),
            "are not described"
        );
        assert_eq!(
            described.difference(&routes).collect::<Vec<_>>(),
            Vec::<&(String, String)>::new(),
            "are no routes"
        );
    }

    #[test]
    fn every_operation_has_a_group_that_says_what_it_is_about_and_a_name_of_its_own() {
        let mut names = BTreeSet::new();
        for row in router::described() {
            assert!(GROUPS.iter().any(|(group, _)| *group == row.group()), "{} is no group", row.group());
            assert!(names.insert((row.group(), row.handler.1)), "{:?} twice", row.handler);
        }
    }
}
