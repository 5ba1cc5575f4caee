//! What an administrator does to an account: asked first, then done.

use super::{SECTION, account};
use crate::pages::{admin::Confirm, html};
use crate::words::t;
use crate::{
    Web,
    extract::Governs,
    failure::{Page, PageResult, WebError},
    guard::Nonce,
    params::Path,
};
use app::Error;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{ids::PersonId, people::Person};
use serde::Deserialize;

/// An account and what is to be done to it, as the path says.
#[derive(Deserialize)]
pub(crate) struct What {
    id: i64,
    act: String,
}

/// What can be done to somebody now: the word in the address, and the verb. Nobody takes away their own right or account here.
pub(super) fn acts_on(person: &Person, me: PersonId) -> Vec<(&'static str, String)> {
    let mut acts = Vec::new();
    if person.is_active {
        if person.id != me {
            acts.push(("reset", t("Reset password")));
        }
        acts.push(("sign-out", t("End sessions")));
    }
    if person.id != me {
        match (person.is_active, person.is_admin) {
            (false, _) => acts.push(("activate", t("Activate"))),
            (true, true) => acts.push(("demote", t("Make a member"))),
            (true, false) => acts.push(("promote", t("Make an administrator"))),
        }
        if person.is_active {
            acts.push(("deactivate", t("Deactivate")));
        }
        acts.push(("delete", t("Delete the account")));
    }
    acts
}

/// What comes of an act.
pub(super) fn consequence(act: &str) -> String {
    match act {
        "reset" => t(
            "The password stops working and every browser and program is signed out. You get a link to hand over, by which another password is chosen.",
        ),
        "sign-out" => t("Every browser is signed out at once. Tokens stay."),
        "activate" => t("They can sign in again."),
        "demote" => t("They keep their account and lose these pages."),
        "promote" => t("They may do everything you may do here."),
        "deactivate" => {
            t("They are signed out everywhere at once and cannot sign in. What they wrote stays.")
        }
        _ => t(
            "Address, password, sessions and tokens are erased; they leave their rooms, which pass to others. What they wrote stays under their name. There is no way back.",
        ),
    }
}

fn question(act: &str) -> Option<String> {
    Some(match act {
        "reset" => t("Reset the password of {name}?"),
        "sign-out" => t("End the sessions of {name}?"),
        "activate" => t("Activate {name}?"),
        "demote" => t("Make {name} a member like others?"),
        "promote" => t("Make {name} an administrator?"),
        "deactivate" => t("Deactivate {name}?"),
        "delete" => t("Delete the account of {name}?"),
        _ => return None,
    })
}

/// `GET /admin/users/<id>/<act>/`
pub(crate) async fn confirm(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(what): Path<What>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&ask(&web, &by, &nonce, &what).await?)
}

async fn ask(
    web: &Web,
    by: &Governs<Page>,
    nonce: &str,
    what: &What,
) -> Result<Confirm, crate::failure::Failed<Page>> {
    let question = question(&what.act).ok_or(WebError::NoSuchPage)?;
    let person = web.app.governed(PersonId(what.id)).await?;
    let verb = acts_on(&person, by.viewer.person.id).into_iter().find(|(act, _)| *act == what.act);
    let (_, verb) = verb.ok_or(WebError::NoSuchPage)?;
    Ok(Confirm {
        shell: web.board(by, nonce, SECTION).await?,
        question: question.replace("{name}", &person.display_name),
        consequence: consequence(&what.act),
        action: format!("{SECTION}{}/{}/", what.id, what.act),
        back: format!("{SECTION}{}/", what.id),
        verb,
        is_grave: ["reset", "deactivate", "delete"].contains(&what.act.as_str()),
        error: String::new(),
    })
}

/// `POST /admin/users/<id>/<act>/`
pub(crate) async fn act(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(what): Path<What>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let asked = ask(&web, &by, &nonce, &what).await?;
    let (id, admin) = (PersonId(what.id), &by.admin);
    let done = match what.act.as_str() {
        "reset" => match web.app.reset_password(admin, id).await {
            Ok(secret) => {
                let person = web.app.governed(id).await?;
                return html(&account::page(&web, &by, &nonce, person, web.reset_link(&secret)).await?);
            }
            Err(error) => Err(error),
        },
        "sign-out" => web.app.end_sessions(admin, id).await,
        "activate" => web.app.set_active(admin, id, true).await.map(drop),
        "demote" => web.app.set_admin(admin, id, false).await.map(drop),
        "promote" => web.app.set_admin(admin, id, true).await.map(drop),
        "deactivate" => web.app.set_active(admin, id, false).await.map(drop),
        _ => web.app.delete_person(admin, id).await,
    };
    match done {
        Ok(()) if what.act == "delete" => Ok(web.see_saying(SECTION, &t("The account is deleted."))),
        Ok(()) => Ok(web.see_saying(&asked.back, &t("Done."))),
        Err(Error::Conflict(why)) => {
            let page = Confirm { error: t(why), ..asked };
            Ok((StatusCode::CONFLICT, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
