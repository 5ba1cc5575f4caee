//! `/api/docs/`: the description of the API as a page, made from the same document that tools read. It needs no script and
//! nothing from elsewhere. In English, as the document is.

mod rows;

use super::html;
use crate::{Web, extract, failure::PageResult, openapi::DOCUMENT};
use askama::Template;
use axum::{extract::State, http::request::Parts};
use rows::{Answer, Row, Shape};
use serde_json::Value;

#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage {
    theme: String,
    server_name: String,
    version: &'static str,
    groups: Vec<Group>,
    shapes: Vec<Shape>,
}

/// Operations on one noun.
struct Group {
    name: &'static str,
    about: &'static str,
    operations: Vec<Operation>,
}

/// One operation.
struct Operation {
    id: &'static str,
    method: String,
    path: &'static str,
    summary: &'static str,
    about: &'static str,
    is_open: bool,
    /// Parts of the path, of the query, headers and fields of the body.
    fields: Vec<Row>,
    curl: String,
    answers: Vec<Answer>,
    refusals: Vec<Answer>,
    example: String,
}

/// `GET /api/docs/`
pub(crate) async fn show(State(web): State<Web>, parts: Parts) -> PageResult {
    let viewer = extract::viewer(&parts, &web).await?;
    html(&ReferencePage {
        theme: viewer.map_or(String::new(), |viewer| viewer.person.theme.clone()),
        server_name: web.config.server_name.clone(),
        version: text(&DOCUMENT["info"]["version"]),
        groups: groups(),
        shapes: rows::shapes(&DOCUMENT["components"]["schemas"]),
    })
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_default()
}

fn groups() -> Vec<Group> {
    let tags = DOCUMENT["tags"].as_array().into_iter().flatten();
    let group = |tag: &'static Value| {
        let name = text(&tag["name"]);
        Group { name, about: text(&tag["description"]), operations: operations(name) }
    };
    tags.map(group).filter(|group| !group.operations.is_empty()).collect()
}

fn operations(group: &str) -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, says)| (path.as_str(), method, says))
    });
    all.filter(|(.., says)| says["tags"][0] == group)
        .map(|(path, method, says)| operation(path, method, says))
        .collect()
}

fn operation(path: &'static str, method: &str, says: &'static Value) -> Operation {
    let (answers, refusals) =
        rows::answers(&says["responses"]).into_iter().partition(|answer| answer.status.starts_with('2'));
    let example = says["responses"].as_object().into_iter().flat_map(|answers| answers.values());
    let example = example.filter_map(|answer| answer.pointer("/content/application~1json/example")).next();
    Operation {
        id: text(&says["operationId"]),
        method: method.to_uppercase(),
        path,
        summary: text(&says["summary"]),
        about: text(&says["description"]),
        is_open: says["security"].as_array().is_some_and(Vec::is_empty),
        fields: rows::fields(says),
        curl: rows::curl(path, method, says),
        answers,
        refusals,
        example: example.map_or(String::new(), |example| format!("{example:#}")),
    }
}

/// Text with its parts between backticks, which are code.
fn spans(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(nth, part)| (nth % 2 == 1, part)).filter(|(_, part)| !part.is_empty())
}
