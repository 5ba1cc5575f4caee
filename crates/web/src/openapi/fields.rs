//! What is sent: fields of a body, of the query and of headers, and the parts of a path.

use domain::limits;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

/// Something that is sent by name.
pub(crate) struct Field {
    name: &'static str,
    schema: Value,
    needed: bool,
}

/// Text of at most so many characters.
pub(crate) fn text(name: &'static str, chars_max: usize, about: &str) -> Field {
    field(name, json!({ "type": "string", "maxLength": chars_max, "description": about }))
}

/// Text that may come several times: repeated in a form, a list in JSON.
pub(crate) fn texts(name: &'static str, chars_max: usize, most: usize, about: &str) -> Field {
    let one = json!({ "type": "string", "maxLength": chars_max });
    let several = json!({ "type": "array", "items": one, "minItems": 1, "maxItems": most });
    field(name, json!({ "anyOf": [one, several], "description": about }))
}

/// One of some words.
pub(crate) fn word(name: &'static str, words: &[&str], about: &str) -> Field {
    field(name, json!({ "type": "string", "enum": words, "description": about }))
}

/// A whole number.
pub(crate) fn number(name: &'static str, range: RangeInclusive<i64>, about: &str) -> Field {
    field(
        name,
        json!({ "type": "integer", "minimum": range.start(), "maximum": range.end(), "description": about }),
    )
}

/// Yes or no.
pub(crate) fn flag(name: &'static str, about: &str) -> Field {
    field(name, json!({ "type": "boolean", "description": about }))
}

/// An object that is kept as it is.
pub(crate) fn object_of(name: &'static str, about: &str) -> Field {
    field(name, json!({ "type": "object", "description": about }))
}

/// A cursor, as it was given.
pub(crate) fn place(name: &'static str, about: &str) -> Field {
    let pattern = "^[A-Za-z0-9]{1,32}\\.(0|[1-9][0-9]{0,14})$";
    field(name, json!({ "type": "string", "pattern": pattern, "description": about }))
}

fn field(name: &'static str, schema: Value) -> Field {
    Field { name, schema, needed: false }
}

impl Field {
    /// Cannot be left out.
    pub fn needed(self) -> Self {
        Self { needed: true, ..self }
    }

    /// Text has at least so many characters.
    pub fn at_least(mut self, chars: usize) -> Self {
        self.schema["minLength"] = json!(chars);
        self
    }

    /// What is taken when it is left out.
    pub fn else_it_is(mut self, value: impl Into<Value>) -> Self {
        self.schema["default"] = value.into();
        self
    }

    pub(super) fn parameter(&self, place: &str) -> Value {
        let mut schema = self.schema.clone();
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        json!({ "name": self.name, "in": place, "required": self.needed, "schema": schema, "description": about })
    }
}

/// The body of these fields in every type that is read.
pub(super) fn body(fields: &[Field], example: &Value) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), field.schema.clone())).collect();
    let needed: Vec<&str> = fields.iter().filter(|field| field.needed).map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    let media = json!({ "schema": schema, "example": example });
    json!({
        "required": !needed.is_empty(),
        "content": { "application/json": media, "application/x-www-form-urlencoded": media, "multipart/form-data": media },
    })
}

/// The largest number that JavaScript holds exactly.
pub(crate) const ID_MAX: i64 = (1 << 53) - 1;

/// A part of a path, known by its name.
pub(super) fn in_path(name: &str) -> Value {
    let id = json!({ "type": "integer", "format": "int64", "minimum": 1, "maximum": ID_MAX });
    let (schema, example, about) = match name {
        "slug" => (json!({ "type": "string", "minLength": 1 }), json!("general"), "The room's address"),
        "id" => (id, json!(42), "Its number"),
        "person" => (id, json!(2), "The person's number"),
        "missed" => (id, json!(7), "The question's number"),
        "emoji" => (
            json!({ "type": "string", "minLength": 1, "maxLength": limits::REACTION_BYTES_MAX }),
            json!("☕"),
            "One emoji",
        ),
        _ => (json!({ "type": "string", "minLength": 1 }), json!("…"), ""),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema, "example": example, "description": about })
}
