//! From schemas to lines that people read.

use super::text;
use crate::openapi::DOCUMENT;
use serde_json::Value;

/// Something that is sent or answered by name.
pub(super) struct Row {
    pub name: &'static str,
    /// `path`, `query`, `header`, `body`; empty for a member of an answer.
    pub place: &'static str,
    pub kind: Kind,
    pub is_needed: bool,
    pub about: &'static str,
}

/// What a value is, in words around the name of a shape, if it has one.
#[derive(Default)]
pub(super) struct Kind {
    pub before: String,
    pub link: &'static str,
    pub after: String,
}

/// One status of an operation.
pub(super) struct Answer {
    pub status: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    pub members: Vec<Row>,
}

/// A type that answers are made of.
pub(super) struct Shape {
    pub name: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    pub members: Vec<Row>,
    /// Where it is one of several, these.
    pub choices: Vec<Shape>,
}

fn resolved(value: &'static Value) -> &'static Value {
    let path = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| DOCUMENT.pointer(path)).unwrap_or(value)
}

/// All that is sent to an operation.
pub(super) fn fields(says: &'static Value) -> Vec<Row> {
    let parameters = says["parameters"].as_array().into_iter().flatten().map(|field| Row {
        name: text(&field["name"]),
        place: text(&field["in"]),
        kind: with_default(kind(&field["schema"]), &field["schema"]),
        is_needed: field["required"] == true,
        about: text(&field["description"]),
    });
    let body = members(&says["requestBody"]["content"]["application/json"]["schema"]);
    parameters.chain(body.into_iter().map(|row| Row { place: "body", ..row })).collect()
}

/// With what is taken when it is left out.
fn with_default(kind: Kind, schema: &Value) -> Kind {
    let value = schema.get("default").map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
    let after = value.map_or(String::new(), |value| format!("; else {value}"));
    Kind { after: kind.after + &after, ..kind }
}

fn members(schema: &'static Value) -> Vec<Row> {
    let needed = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
    };
    let members = schema["properties"].as_object().into_iter().flatten();
    let row = |(name, schema): (&'static String, &'static Value)| {
        let is_needed = needed(name);
        Row {
            name,
            place: "",
            kind: with_default(kind(schema), schema),
            is_needed,
            about: text(&schema["description"]),
        }
    };
    members.map(row).collect()
}

/// Every status of an operation.
pub(super) fn answers(responses: &'static Value) -> Vec<Answer> {
    let answer = |(status, answer): (&'static String, &'static Value)| {
        let answer = resolved(answer);
        let content = answer["content"].as_object().and_then(|content| content.iter().next());
        let (media, schema) =
            content.map_or(("", &Value::Null), |(media, content)| (media.as_str(), &content["schema"]));
        let kind = match media {
            "" => Kind { before: "no body".to_owned(), ..Kind::default() },
            "application/json" => kind(schema),
            media => Kind { before: media.to_owned(), ..Kind::default() },
        };
        Answer { status, about: text(&answer["description"]), kind, members: members(schema) }
    };
    responses.as_object().into_iter().flatten().map(answer).collect()
}

/// Every type.
pub(super) fn shapes(schemas: &'static Value) -> Vec<Shape> {
    schemas.as_object().into_iter().flatten().map(|(name, schema)| shape(name, schema)).collect()
}

fn shape(name: &'static str, schema: &'static Value) -> Shape {
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()).into_iter().flatten();
    let choices = choices
        .map(|choice| shape(choice["properties"]["type"]["const"].as_str().unwrap_or_default(), choice));
    Shape {
        name,
        about: text(&schema["description"]),
        kind: kind(schema),
        members: members(schema),
        choices: choices.collect(),
    }
}

/// What a schema allows, in words.
fn kind(schema: &'static Value) -> Kind {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return Kind { link: name, ..Kind::default() };
    }
    if let Some(value) = schema.get("const") {
        return Kind {
            before: format!("`{}`", value.as_str().map_or(value.to_string(), str::to_owned)),
            ..Kind::default()
        };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(kind).reduce(either).unwrap_or_default();
    }
    let words = words(schema);
    if !words.is_empty() {
        return Kind { before: format!("one of {}", words.join(", ")), ..Kind::default() };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let or_null = if types.contains(&"null") { " or null" } else { "" };
    match types.first().copied().unwrap_or_default() {
        "array" => {
            let Kind { before, link, after } = kind(&schema["items"]);
            Kind { before: format!("list of {before}"), link, after }
        }
        "string" => Kind { before: string(schema) + or_null, ..Kind::default() },
        "integer" => Kind { before: number("whole number", schema) + or_null, ..Kind::default() },
        "number" => Kind { before: number("number", schema) + or_null, ..Kind::default() },
        "null" => Kind { before: "null".to_owned(), ..Kind::default() },
        "boolean" => Kind { before: "true or false".to_owned(), ..Kind::default() },
        _ => Kind { before: "object".to_owned(), ..Kind::default() },
    }
}

/// One or the other, of which one at most names a shape.
fn either(one: Kind, other: Kind) -> Kind {
    let Kind { before, link, after } = other;
    match link {
        "" => Kind { after: format!("{} or {before}", one.after), ..one },
        _ => Kind { before: format!("{} or {before}", one.before), link, after },
    }
}

/// The words of an enumeration, however it is written.
fn words(schema: &Value) -> Vec<String> {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let told = schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice.get("const"));
    plain.chain(told).filter_map(Value::as_str).map(|word| format!("`{word}`")).collect()
}

fn string(schema: &Value) -> String {
    let named = match schema["format"].as_str() {
        Some("date-time") => "time in UTC",
        Some("date") => "day",
        _ => "text",
    };
    match (schema["minLength"].as_u64(), schema["maxLength"].as_u64()) {
        (Some(least), Some(most)) => format!("{named} of {least} to {most} characters"),
        (None, Some(most)) => format!("{named} of at most {most} characters"),
        _ => named.to_owned(),
    }
}

fn number(named: &str, schema: &Value) -> String {
    let largest = crate::openapi::ID_MAX;
    match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(least), Some(most)) if most < largest => format!("{named} from {least} to {most}"),
        _ => named.to_owned(),
    }
}

/// How it is asked for at a command line.
pub(super) fn curl(path: &str, method: &str, says: &Value) -> String {
    let parameters = says["parameters"].as_array().into_iter().flatten();
    let path = parameters.filter(|field| field["in"] == "path").fold(path.to_owned(), |path, field| {
        let example = field["example"].as_str().map_or(field["example"].to_string(), str::to_owned);
        path.replace(&format!("{{{}}}", text_of(&field["name"])), &example)
    });
    let mut line = "curl".to_owned();
    let body = says["requestBody"].pointer("/content/application~1json/example");
    if !(method == "get" || method == "post" && body.is_some()) {
        line += &format!(" -X {}", method.to_uppercase());
    }
    line += match &says["security"][0] {
        Value::Object(by) if by.contains_key("session") => " -b \"sessionid=$SESSION\"",
        _ if says["security"].as_array().is_some_and(Vec::is_empty) => "",
        _ => " -H \"Authorization: Token $TOKEN\"",
    };
    if let Some(body) = body {
        line += &format!(" \\\n  -H 'Content-Type: application/json' -d '{body}' \\\n ");
    }
    format!("{line} \"$SERVER{path}\"")
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
