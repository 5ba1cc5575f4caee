//! The description of the API, as the binary prints it.

use anyhow::{Context, Result, bail};
use e2e::{Body, run};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// One operation.
pub struct Operation {
    pub method: String,
    pub path: String,
    pub says: Value,
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = run(&["openapi"], &[]).expect("the binary prints it");
    serde_json::from_str(&text).expect("it is JSON")
});

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let named = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, says)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            says: says.clone(),
        })
    });
    named.collect()
}

/// The body of an operation's example, where it takes one.
pub fn example(method: &str, path: &str) -> Option<Body> {
    let path = path.trim_end_matches('/');
    let found = operations()
        .into_iter()
        .find(|known| known.method == method && known.path.trim_end_matches('/') == path)?;
    let given = found.says.pointer("/requestBody/content/application~1json/example");
    Some(Body::Json(given.cloned().unwrap_or(json!({}))))
}

/// What stands at a reference, or the value itself.
pub fn resolved(value: &Value) -> &Value {
    let reference = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    reference.and_then(|path| DOCUMENT.pointer(path)).unwrap_or(value)
}

/// Whether a value is as a schema says, with no member that the schema does not know.
pub fn check(schema: &Value, value: &Value) -> Result<()> {
    let mut schema = schema.clone();
    schema["components"] = DOCUMENT["components"].clone();
    close(&mut schema);
    let schema = jsonschema::validator_for(&schema).context("the schema is one")?;
    let faults: Vec<String> =
        schema.iter_errors(value).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect();
    if faults.is_empty() { Ok(()) } else { bail!("{}\nin {value}", faults.join("\n")) }
}

/// Lets objects have only the members that are described. The branches of a choice are closed by what is around them.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("unevaluatedProperties".into(), json!(false));
            }
            for (name, member) in members {
                close(member);
                let branches = member.as_array_mut().filter(|_| ["oneOf", "anyOf"].contains(&name.as_str()));
                for branch in branches.into_iter().flatten().filter_map(Value::as_object_mut) {
                    branch.remove("unevaluatedProperties");
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
