//! Examples of answers, put together from those that stand beside the fields of each type.

use serde_json::{Map, Value, json};

/// Gives every JSON answer without an example one.
pub(super) fn fill(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let answers = operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut);
        for answer in answers {
            if let Some(media) = answer.pointer_mut("/content/application~1json")
                && media.get("example").is_none()
            {
                media["example"] = sample(&media["schema"], &schemas);
            }
        }
    }
}

/// Something that a schema describes.
fn sample(schema: &Value, schemas: &Value) -> Value {
    if let Some(given) =
        schema.get("const").or_else(|| schema.pointer("/examples/0")).or_else(|| schema.pointer("/enum/0"))
    {
        return given.clone();
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return sample(&schemas[name], schemas);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) = schema[choice].as_array().and_then(|choices| choices.first()) {
            let mut chosen = sample(first, schemas);
            if let (Value::Object(chosen), Value::Object(rest)) = (&mut chosen, members(schema, schemas)) {
                chosen.extend(rest);
            }
            return chosen;
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match (kind, schema["format"].as_str().unwrap_or_default()) {
        ("object", _) => members(schema, schemas),
        ("array", _) => json!([sample(&schema["items"], schemas)]),
        ("string", "date-time") => json!("2026-11-21T13:57:02.12Z"),
        ("string", "date") => json!("2026-11-21"),
        ("string", _) => json!(""),
        ("integer", _) => {
            schema.get("minimum").filter(|least| **least != json!(0)).cloned().unwrap_or(json!(1))
        }
        ("number", _) => json!(0.97),
        ("boolean", _) => json!(false),
        _ => Value::Null,
    }
}

fn members(schema: &Value, schemas: &Value) -> Value {
    let members = schema["properties"].as_object().into_iter().flatten();
    members.map(|(name, member)| (name.clone(), sample(member, schemas))).collect()
}
