//! What goes wrong, as it is answered everywhere.

use serde_json::{Value, json};

/// Status, name, when, and the words of an example.
const REFUSALS: &[(u16, &str, &str, &str)] = &[
    (308, "Moved", "The room was renamed; `Location` says where it is now", ""),
    (400, "Invalid", "The request breaks a rule; `errors` names the field", "A room needs a name."),
    (401, "Stranger", "Nobody is signed in", "Authentication credentials were not provided."),
    (
        403,
        "Forbidden",
        "Not allowed, or sent by a page of another site",
        "Only the room's owner may do that.",
    ),
    (404, "NotFound", "There is no such thing, or none you may know of", "There is no such room."),
    (
        405,
        "WrongMethod",
        "The address exists, and takes other methods",
        "This address does not take this method.",
    ),
    (409, "Conflict", "Contradicts what is there", "There is a room at that address already."),
    (413, "TooLarge", "The body is too large", "A request has at most 262144 bytes."),
    (
        415,
        "WrongType",
        "The body is of a type that is not read",
        "Unsupported media type \"text/plain\" in request.",
    ),
    (
        429,
        "TooMany",
        "Too many of these; `Retry-After` says when to try again",
        "Too many messages. Wait a little.",
    ),
    (
        503,
        "Unavailable",
        "The database is away or full; nothing was acknowledged",
        "The server cannot write this down now.",
    ),
];

/// A reference to the answer with a status. At the addresses of djoser the fields that are wrong are the whole answer.
pub(super) fn reference(path: &str, status: u16) -> Value {
    if status == 400 && path.starts_with("/auth/") {
        return json!({ "$ref": "#/components/responses/Fields" });
    }
    let name = REFUSALS.iter().find(|(known, ..)| *known == status).map_or("Failure", |(_, name, ..)| name);
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// Every such answer by name.
pub(super) fn responses() -> Value {
    let fields = json!({
        "description": "The request breaks a rule, said field by field",
        "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Fields" },
            "example": { "non_field_errors": ["Unable to log in with provided credentials."] },
        } },
    });
    REFUSALS
        .iter()
        .map(|(status, name, about, detail)| ((*name).to_owned(), response(*status, about, detail)))
        .chain([("Fields".to_owned(), fields)])
        .collect()
}

fn response(status: u16, about: &str, detail: &str) -> Value {
    let text = |about: &str| json!({ "schema": { "type": "string" }, "description": about });
    let headers = match status {
        308 => return json!({ "description": about, "headers": { "Location": text("The present address") } }),
        401 => json!({ "WWW-Authenticate": text("`Token`") }),
        429 | 503 => {
            json!({ "Retry-After": { "schema": { "type": "integer" }, "description": "Seconds to wait" } })
        }
        _ => json!({}),
    };
    let mut example = json!({ "detail": detail });
    if status == 400 {
        example["errors"] = json!({ "name": [detail] });
    }
    let schema = json!({ "$ref": "#/components/schemas/Failure" });
    json!({ "description": about, "headers": headers, "content": { "application/json": { "schema": schema, "example": example } } })
}

/// Their bodies by name.
pub(super) fn schemas() -> [(&'static str, Value); 2] {
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let detail = json!({ "type": "string", "description": "For people to read" });
    let failure = json!({
        "type": "object", "description": "What went wrong.", "required": ["detail"],
        "properties": {
            "detail": detail,
            "errors": { "type": "object", "additionalProperties": list, "description": "What is wrong with which field" },
        },
    });
    let fields = json!({
        "type": "object", "description": "What is wrong with which field; `non_field_errors` with none of them. A body that cannot be read has `detail` alone.",
        "properties": { "detail": detail }, "additionalProperties": list,
    });
    [("Failure", failure), ("Fields", fields)]
}
