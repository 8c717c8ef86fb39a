//! A provider for tests that issues whatever token it is told to, counts what it is asked, and can be away.

use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The desk's secret at the provider.
pub const SECRET: &str = "a secret of the desk";

/// The seconds since 1970.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// A token that the provider will give for a code.
pub struct Issued {
    pub header: Value,
    pub claims: Value,
    challenge: String,
    key: Option<SigningKey>,
    /// In the place of the provider's own signature.
    pub signature: Option<String>,
    our_secret: bool,
    after: Vec<(String, String)>,
    /// In the place of the whole token.
    pub text: Option<String>,
}

impl Issued {
    /// A token that nothing is wrong with.
    pub fn to(issuer: &str, nonce: &str, challenge: &str) -> Issued {
        let claims = json!({
            "iss": issuer, "aud": "desk", "sub": "clerk-1", "nonce": nonce, "exp": now() + 300, "iat": now(), "auth_time": now(),
            "amr": ["hwk", "user"], "role": "administrator",
        });
        let header = json!({ "alg": "EdDSA", "typ": "JWT" });
        Issued {
            header,
            claims,
            challenge: challenge.to_owned(),
            key: None,
            signature: None,
            our_secret: false,
            after: Vec::new(),
            text: None,
        }
    }

    pub fn drop(&mut self, claim: &str) {
        self.claims.as_object_mut().unwrap().remove(claim);
    }

    pub fn unsigned(&mut self) {
        self.header["alg"] = json!("none");
        self.signature = Some(String::new());
    }

    pub fn with_our_secret(&mut self) {
        self.header["alg"] = json!("HS256");
        self.our_secret = true;
    }

    pub fn with_a_key_of_its_own(&mut self) {
        self.key = Some(SigningKey::from_bytes(&[77; 32]));
    }

    pub fn changed_after_signing(&mut self, claim: &str, value: &str) {
        self.after.push((claim.to_owned(), value.to_owned()));
    }

    fn token(mut self, kid: &str, key: &SigningKey) -> String {
        if let Some(text) = self.text {
            return text;
        }
        self.header["kid"] = json!(kid);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match self.signature {
            Some(signature) => signature,
            None if self.our_secret => {
                let mut mac = Hmac::<sha2_next::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
                mac.update(signed.as_bytes());
                URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
            }
            None => URL_SAFE_NO_PAD.encode(self.key.as_ref().unwrap_or(key).sign(signed.as_bytes()).to_bytes()),
        };
        for (claim, value) in self.after {
            self.claims[claim] = json!(value);
        }
        format!("{}.{}.{signature}", part(&self.header), part(&self.claims))
    }
}

struct State {
    key: u8,
    codes: HashMap<String, Issued>,
    asked: BTreeMap<String, usize>,
    /// What it says of itself otherwise; none: it does not answer.
    says: Option<Value>,
}

/// The provider, on a thread of its own as long as the test lasts.
pub struct Provider {
    issuer: String,
    state: Arc<Mutex<State>>,
}

impl Provider {
    pub fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            key: 1,
            codes: HashMap::new(),
            asked: BTreeMap::new(),
            says: Some(json!({})),
        }));
        let (at, shared) = (issuer.clone(), Arc::clone(&state));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller who goes away is no fault of the provider's.
                let _ = answer(&at, &shared, stream);
            }
        });
        Provider { issuer, state }
    }

    pub fn issuer(&self) -> String {
        self.issuer.clone()
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }

    /// What it says of itself from now on, beside what a provider says; none: nothing.
    pub fn says(&self, said: Option<Value>) {
        self.state.lock().unwrap().says = said;
    }

    /// Signs with another key from now on, and publishes that one alone.
    pub fn rotate(&self) {
        self.state.lock().unwrap().key += 1;
    }

    /// A code for which it will give this token, once.
    pub fn code(&self, issued: Issued) -> String {
        let mut state = self.state.lock().unwrap();
        let mut random = [0; 16];
        getrandom::fill(&mut random).unwrap();
        let code = hex::encode(random);
        state.codes.insert(code.clone(), issued);
        code
    }
}

fn answer(issuer: &str, state: &Mutex<State>, stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length, mut authorization) = (String::new(), 0, String::new());
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => authorization = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = line.split(' ').nth(1).unwrap_or_default();
    let (status, said) = {
        let mut state = state.lock().unwrap();
        *state.asked.entry(path.to_owned()).or_default() += 1;
        said(issuer, &mut state, path, &authorization, &body)
    };
    let text = said.to_string();
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
}

fn said(issuer: &str, state: &mut State, path: &str, authorization: &str, body: &[u8]) -> (u16, Value) {
    let Some(more) = &state.says else { return (500, Value::Null) };
    let (key, kid) = (SigningKey::from_bytes(&[state.key; 32]), format!("key-{}", state.key));
    match path {
        "/.well-known/openid-configuration" => {
            let mut said = json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"), "userinfo_endpoint": format!("{issuer}/userinfo"),
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                // It would sign in any way.
                "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
            });
            said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            (200, said)
        }
        "/jwks" => {
            let x = URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes());
            (
                200,
                json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x }] }),
            )
        }
        "/token" => {
            let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
            let secret = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>();
            let basic = format!("Basic {}", STANDARD.encode(format!("desk:{secret}")));
            let issued = state.codes.remove(form.get("code").map_or("", String::as_str));
            let verifier = form.get("code_verifier").map_or("", String::as_str);
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            match issued {
                Some(issued) if issued.challenge == challenge && authorization == basic => {
                    let token = issued.token(&kid, &key);
                    (200, json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token }))
                }
                _ => (400, json!({ "error": "invalid_grant" })),
            }
        }
        "/userinfo" => (200, json!({ "sub": "clerk-1" })),
        _ => (404, Value::Null),
    }
}
