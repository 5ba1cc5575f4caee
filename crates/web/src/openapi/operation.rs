//! What one row of the API does, as it stands beside its handler.

use super::{
    Row,
    fields::{self, Field},
    refusals,
    shapes::Shape,
};
use crate::credentials;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

/// What an operation does, takes, gives and refuses. The path's parameters, 401, 404 and what goes for every body need not be said.
pub(crate) struct Operation {
    summary: &'static str,
    about: &'static str,
    query: Vec<Field>,
    headers: Vec<Field>,
    body: Option<(Vec<Field>, Value)>,
    answers: Vec<(u16, &'static str, &'static str, Option<Shape>)>,
    refusals: Vec<u16>,
    strangers: Option<u16>,
}

impl Operation {
    /// An operation for whoever is signed in: a title without a full stop, and what else there is to know (may be empty).
    pub fn new(summary: &'static str, about: &'static str) -> Self {
        let (query, headers, answers, refusals) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { summary, about, query, headers, body: None, answers, refusals, strangers: Some(401) }
    }

    /// Strangers may too.
    pub fn for_anyone(self) -> Self {
        Self { strangers: None, ..self }
    }

    /// Strangers are answered with this status instead of 401.
    pub fn strangers_get(self, status: u16) -> Self {
        Self { strangers: Some(status), ..self }
    }

    /// What may stand in the query.
    pub fn asks(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.query.extend(fields);
        self
    }

    /// What may stand in a header.
    pub fn hears(mut self, header: Field) -> Self {
        self.headers.push(header);
        self
    }

    /// What the body holds, and a good one.
    pub fn takes(self, fields: impl IntoIterator<Item = Field>, example: Value) -> Self {
        Self { body: Some((fields.into_iter().collect(), example)), ..self }
    }

    /// An answer in JSON.
    pub fn gives(mut self, status: u16, about: &'static str, shape: Shape) -> Self {
        self.answers.push((status, about, "application/json", Some(shape)));
        self
    }

    /// An answer of another type.
    pub fn gives_other(
        mut self,
        status: u16,
        about: &'static str,
        media: &'static str,
        shape: Shape,
    ) -> Self {
        self.answers.push((status, about, media, Some(shape)));
        self
    }

    /// 204: done, and nothing to say.
    pub fn gives_nothing(mut self, about: &'static str) -> Self {
        self.answers.push((204, about, "", None));
        self
    }

    /// A refusal that has no words.
    pub fn refuses_silently(mut self, status: u16, about: &'static str) -> Self {
        self.answers.push((status, about, "", None));
        self
    }

    /// Further statuses it may be refused with.
    pub fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// As the document holds it.
    pub(super) fn describe(&self, row: &Row, schemas: &mut SchemaGenerator) -> Value {
        let mut operation = json!({
            "operationId": format!("{}_{}", row.group(), row.handler.1), "tags": [row.group()],
            "summary": self.summary, "parameters": self.parameters(row), "responses": self.responses(row, schemas),
        });
        if !self.about.is_empty() {
            operation["description"] = json!(self.about);
        }
        if let Some(security) = self.security(row.path) {
            operation["security"] = security;
        }
        if let Some((body, example)) = &self.body {
            operation["requestBody"] = fields::body(body, example);
        }
        operation
    }

    /// What it takes for a sign of who is asking, where that is not a token or a session.
    fn security(&self, path: &str) -> Option<Value> {
        let (token, session) = (json!({ "token": [] }), json!({ "session": [] }));
        match self.strangers {
            None => Some(json!([])),
            Some(_) if credentials::is_token_api(path) => Some(json!([token])),
            Some(_) if !credentials::takes_tokens(path) => Some(json!([session])),
            Some(_) => None,
        }
    }

    fn parameters(&self, row: &Row) -> Vec<Value> {
        let path = row.path.split(['{', '}']).skip(1).step_by(2).map(fields::in_path);
        let query = self.query.iter().map(|field| field.parameter("query"));
        path.chain(query).chain(self.headers.iter().map(|field| field.parameter("header"))).collect()
    }

    fn responses(&self, row: &Row, schemas: &mut SchemaGenerator) -> Value {
        let mut responses = Map::new();
        for status in self.every_refusal(row) {
            responses.insert(status.to_string(), refusals::reference(row.path, status));
        }
        for (status, about, media, shape) in &self.answers {
            let mut answer = json!({ "description": about });
            if let Some(shape) = shape {
                answer["content"] = json!({ *media: { "schema": shape.schema(schemas) } });
            }
            responses.insert(status.to_string(), answer);
        }
        Value::Object(responses)
    }

    /// What it may be refused with, said or understood.
    fn every_refusal(&self, row: &Row) -> Vec<u16> {
        let reads = row.method == "get";
        let usual = [
            (308, reads && row.path.contains("{slug}")),
            (400, self.body.is_some() || !self.query.is_empty()),
            // A token may be for less.
            (403, self.strangers.is_some() || !reads),
            (404, row.path.contains('{')),
            (413, self.body.is_some()),
            (415, self.body.is_some()),
            (429, !reads),
            (503, self.strangers.is_some()),
        ];
        let usual = usual.into_iter().filter_map(|(status, may)| may.then_some(status));
        usual.chain(self.strangers).chain(self.refusals.iter().copied()).collect()
    }
}
