use crate::ops;
use strongroom_wire::{
    CBOR_MEDIA_TYPE, CHECKSUM_HEADER, IDEMPOTENCY_KEY_HEADER, Problem, Readiness,
};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Content, ContentBuilder, HttpMethod, KnownFormat, Ref, RefOr, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// The OpenAPI document of everything that [`crate::router`] serves.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Strongroom",
        description = "What the server keeps is encrypted by its clients; see spec/ for the formats inside.",
        version = "1"
    ),
    paths(
        ops::health_get::live,
        ops::health_get::ready,
        ops::metrics_get::handle,
        ops::server_get::handle,
        ops::openapi_get::handle,
        ops::ca_get::handle,
        ops::invite_get::handle,
        ops::invite_post::handle,
        ops::signup_start::handle,
        ops::signup_finish::handle,
        ops::login_start::handle,
        ops::login_finish::handle,
        ops::recover::handle,
        ops::logout::handle,
        ops::account_get::handle,
        ops::recovery_confirm::handle,
        ops::sessions_list::handle,
        ops::session_delete::handle,
        ops::accounts_list::handle,
        ops::account_sessions_delete::handle,
        ops::account_quota_put::handle,
        ops::role_quota_get::handle,
        ops::role_quota_put::handle,
        ops::storage_get::handle,
        ops::wallet_get::handle,
        ops::wallet_put::handle,
        ops::credential_start::handle,
        ops::credential_finish::handle,
        ops::directory_page::handle,
        ops::directory_append::handle,
        ops::vaults_list::handle,
        ops::vault_create::handle,
        ops::vault_page::handle,
        ops::vault_append::handle,
        ops::vault_wraps_get::handle,
        ops::upload_start::handle,
        ops::upload_get::handle,
        ops::upload_delete::handle,
        ops::part_put::content,
        ops::part_put::tree,
        ops::file_content_get::content,
        ops::file_content_get::tree,
        ops::link_info_get::handle,
        ops::link_get::handle,
        ops::link_content_get::content,
        ops::link_content_get::tree,
        ops::link_page_get::handle,
        ops::events_get::handle,
    ),
    components(schemas(Problem, Readiness)),
    modifiers(&Everywhere)
)]
struct Document;

/// What holds for all operations and is said once.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "session",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("A session token."))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "invite",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "Authorization",
                "`Invite INVITE.AUTH`, both in hexadecimal, for joiners.",
            ))),
        );
        for (path, item) in &mut document.paths.paths {
            modify_item(path, item);
        }
    }
}

fn modify_item(path: &str, item: &mut PathItem) {
    let problem = ResponseBuilder::new()
        .description("Problem details with a stable `code`.")
        .content(
            strongroom_wire::PROBLEM_MEDIA_TYPE,
            ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name(Problem::name()))))
                .build(),
        )
        .build();
    let writes = [
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Delete, &mut item.delete),
        (HttpMethod::Get, &mut item.get),
    ];
    for (method, operation) in writes {
        let Some(operation) = operation else { continue };
        operation
            .responses
            .responses
            .insert("default".to_owned(), problem.clone().into());
        operation.operation_id = Some(operation_id(&method, path));
        let exempt = [
            "/v1/login/start",
            "/v1/login/finish",
            "/v1/logout",
            "/v1/recover",
        ];
        if !matches!(method, HttpMethod::Get) && !exempt.contains(&path) {
            let key = ParameterBuilder::new()
                .name(IDEMPOTENCY_KEY_HEADER)
                .parameter_in(ParameterIn::Header)
                .required(utoipa::openapi::Required::True)
                .description(Some("Names this write: 32 hexadecimal digits."))
                .build();
            operation.parameters.get_or_insert_default().push(key);
        }
        say_forms(operation);
    }
}

/// What the types of the handlers do not say of themselves: the form of ids, and that raw
/// bytes are raw.
fn say_forms(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let Some(form) = form_of(&parameter.name) {
            let text = ObjectBuilder::new().schema_type(Type::String);
            parameter.schema = Some(text.pattern(Some(form)).build().into());
        }
    }
    if let Some(body) = &mut operation.request_body {
        body.content.iter_mut().for_each(say_raw);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.content.iter_mut().for_each(say_raw);
        }
    }
}

fn say_raw((media_type, content): (&String, &mut Content)) {
    if [CBOR_MEDIA_TYPE, "application/octet-stream"].contains(&media_type.as_str()) {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let raw = ObjectBuilder::new().schema_type(Type::String);
        content.schema = Some(raw.format(Some(binary)).build().into());
    }
}

/// The form of a parameter in the path or a header, by its name.
fn form_of(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "vault" | "identity" => Some("^[0-9a-f]{64}$"),
        "file" | "revision" | "link" | "invite" | "session" | IDEMPOTENCY_KEY_HEADER => {
            Some("^[0-9a-f]{32}$")
        }
        CHECKSUM_HEADER => Some("^[0-9A-Fa-f]{8}$"),
        "account_role" => Some("^(member|admin)$"),
        _ => None,
    }
}

/// `get_v1_vaults_vault_entries` and the like: stable and unique.
fn operation_id(method: &HttpMethod, path: &str) -> String {
    let method = match method {
        HttpMethod::Post => "post",
        HttpMethod::Put => "put",
        HttpMethod::Delete => "delete",
        _ => "get",
    };
    let words: Vec<String> = path
        .split('/')
        .map(|word| word.replace(['{', '}'], "").replace('.', "_"))
        .filter(|word| !word.is_empty())
        .collect();
    format!("{method}_{}", words.join("_"))
}

#[cfg(test)]
mod tests {
    use strongroom_wire::ProblemCode;

    /// Every code stands in the specification with its status, and nothing else does.
    #[test]
    fn codes_are_in_the_specification() {
        let page = include_str!("../../../spec/http.md");
        let named: Vec<(u16, &str)> = page
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('|').map(str::trim).skip(1);
                let status = cells.next()?.parse().ok()?;
                Some((status, cells.next()?.trim_matches('`')))
            })
            .collect();
        let document = serde_json::to_value(super::openapi()).unwrap();
        let codes = document["components"]["schemas"]["ProblemCode"]["enum"].as_array();
        let mut known: Vec<(u16, &str)> = codes
            .unwrap()
            .iter()
            .map(|code| {
                let parsed: ProblemCode = serde_json::from_value(code.clone()).unwrap();
                (parsed.status(), code.as_str().unwrap())
            })
            .collect();
        // Where HTTP itself asks for a status.
        known.extend([405, 408, 415].map(|status| (status, "malformed")));
        known.sort_unstable();
        let mut sorted = named.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, known);
    }

    /// The page's types are made from the file.
    #[test]
    fn the_file_in_the_specification_is_what_is_served() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../../spec/openapi.json")).unwrap();
        let served = serde_json::to_value(super::openapi()).unwrap();
        // Not `assert_eq!`, which would print both.
        assert!(
            file == served,
            "spec/openapi.json is older than the program; \
             `cargo run -p strongroom-api --example openapi > spec/openapi.json` writes it"
        );
    }
}
