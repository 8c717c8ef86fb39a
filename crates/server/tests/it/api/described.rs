//! The description: the same from the command and the server, its examples are taken, and answers are what it says.

use std::process::Command;

use super::*;
use crate::schema;

#[test]
fn the_description_is_served_its_examples_are_taken_and_answers_are_as_it_says() {
    let city = City::sqlite();
    let jail = city.system("DOC", ALL);
    let printed = city.place.run(&["systems", "describe"]);
    assert_eq!(printed.status, 0, "{}", printed.err);
    let served = city.serve();
    let at = served.told["listening"].as_str().unwrap();
    assert_eq!(served.told["api"], format!("http://{at}/openapi.json"));
    // To anybody, and nothing of the city in it.
    let (status, head, body) = served.ask("GET", "/openapi.json", "");
    assert!(status == 200 && head.contains("content-type: application/json"), "{head}");
    assert!(String::from_utf8(body).unwrap() == printed.out, "served as printed");
    let document: Value = serde_json::from_str(&printed.out).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(!printed.out.contains(&jail.id) && !printed.out.contains("Jail management"));

    let fits = |schema: &Value, answer: &Value, what: &str| {
        let mut rooted = schema.as_object().unwrap().clone();
        rooted.insert("components".to_owned(), document["components"].clone());
        let faults = schema::faults(&Value::Object(rooted), answer);
        assert_eq!(faults, Vec::<String>::new(), "{what}");
    };
    let recorded = jail.record(&served);
    let mut called = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let (method, id) = (method.to_uppercase(), operation["operationId"].as_str().unwrap());
            let responses = operation["responses"].as_object().unwrap();
            let (good, answers) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
            let schema = &answers["content"]["application/json"]["schema"];
            let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
            let none = json!({ "none": { "value": null } });
            let examples = if examples.is_null() { &none } else { examples };
            for (name, example) in examples.as_object().unwrap() {
                let answer = jail.call(&served, &method, &path.replace("{id}", &recorded), &example["value"]);
                assert_eq!(answer.status.to_string(), *good, "{id} {name}: {}", answer.body);
                fits(schema, &answer.body, id);
                called += 1;
            }
            if operation["security"] == json!([]) {
                continue;
            }
            // Each refusal that can be had by leaving something out is described, too.
            let refused = try_call(at, &method, &path.replace("{id}", &recorded), &[], b"").unwrap();
            let described = &responses[&refused.status.to_string()]["content"]["application/problem+json"]["schema"];
            fits(described, &refused.body, id);
        }
    }
    assert!(called >= 7, "{called} calls");
    // Deeds with everything that one can say, and findings; then one request with all of it.
    for deed in [
        json!({ "what": "released", "decided_by": "A. Captain", "when": "2026-06-15T18:00", "due": "2026-06-15T16:00", "search": "clear" }),
        json!({ "what": "disclosed", "decided_by": "A. Captain", "information": ["release_date"], "form": "written",
            "facilitated_transfer": "yes", "basis": "none" }),
        json!({ "what": "transferred", "decided_by": "A. Captain", "on_detainer": true, "hand_over": { "paper": "judicial_arrest_warrant",
            "number": "26-mj-1", "issuer": "S.D.N.Y.", "dated": "2026-06-14", "second": "B. Warden", "site": "intake" } }),
    ] {
        let stated = jail.call(&served, "POST", &format!("/api/v1/requests/{recorded}/deeds"), &deed);
        assert_eq!(stated.status, 201, "{}", stated.body);
    }
    let one = |path: &str, schema: &str| {
        let answer = jail.call(&served, "GET", path, &Value::Null);
        let operation = &document["paths"][schema]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        fits(operation, &answer.body, path);
        answer.body
    };
    let shown = one(&format!("/api/v1/requests/{recorded}"), "/api/v1/requests/{id}");
    let deeds: Vec<&str> =
        shown["deeds"].as_array().unwrap().iter().map(|deed| deed["deed"]["what"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["refused", "released", "disclosed", "transferred"]);
    let found = one("/api/v1/findings", "/api/v1/findings");
    let kinds = found["findings"].to_string();
    assert!(kinds.contains("disclosed_though_refused") && kinds.contains(&recorded), "{kinds}");
    // A hand-over that says its paper and both officials lacks neither.
    assert!(!kinds.contains("without_basis") && !kinds.contains("by_one"), "{kinds}");
    // A list goes on where it ended, and ends.
    let first = one("/api/v1/requests?limit=2", "/api/v1/requests");
    let next = first["next"].as_str().unwrap();
    let rest = one(&format!("/api/v1/requests?limit=2&before={next}"), "/api/v1/requests");
    let ids = |page: &Value| -> Vec<String> {
        page["requests"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&first).len(), ids(&rest).len(), &rest["next"]), (2, 1, &Value::Null));
    assert_eq!(ids(&rest), [recorded]);
    served.stop();
}

/// What `docs/api.md` shows is run as it stands, with the token and the address of a served city.
#[test]
fn the_examples_of_the_document_run_as_they_stand() {
    let document = include_str!("../../../../../docs/api.md");
    let blocks: Vec<&str> = document
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .filter(|block| block.contains("curl"))
        .collect();
    assert!(blocks.len() >= 6, "{} examples", blocks.len());
    let city = City::sqlite();
    let jail = city.system("DOC", ALL);
    let served = city.serve();
    let script = format!("set -eu\n{}", blocks.join("\n"));
    let ran = Command::new("sh")
        .args(["-c", &script])
        .current_dir(city.place.path())
        .env("DESK", format!("http://{}", served.told["listening"].as_str().unwrap()))
        .env("TOKEN", &jail.token)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert!(ran.status.success(), "{err}\n{out}");
    let answers: Vec<Value> = serde_json::Deserializer::from_str(&out).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(answers.len(), blocks.len(), "each example answers once: {out}");
    assert!(answers.iter().all(|answer| answer["type"].is_null()), "{out}");
    served.stop();
    // One request with one answer, sent twice; one deed; one opening; and the system.
    assert_eq!(city.size(), 1 + 2 + 1 + 1);
}
