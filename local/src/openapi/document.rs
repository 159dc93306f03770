use std::collections::BTreeMap;

use shared::http::describe::Description;
use utoipa::openapi::{
    Components, HttpMethod, OpenApi, OpenApiBuilder, Paths,
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::words;
use crate::{
    functions::describer,
    problem::Problem,
    template::{RouteKey, Template},
};

/// Builds the document for the routes of a template.
pub(super) fn of(template: &Template) -> Result<OpenApi, Problem> {
    let (mut paths, mut components) = (Paths::new(), Components::new());
    for function in template.functions.values() {
        for (event, route) in &function.routes {
            // `$default`, which takes every path and method, is not an operation.
            let RouteKey::Path { method, path } = route else { continue };
            let (route, binary) = (|| route.to_string(), &function.binary);
            let undescribed = || Problem::Undescribed { route: route(), function: binary.clone() };
            let method = http_method(method).ok_or_else(undescribed)?;
            let mut description = describer(binary).ok_or_else(undescribed)?(path);
            if !names_parameters_of(&description, path) {
                return Err(Problem::PathParameters { route: route(), function: binary.clone() });
            }
            description.operation.operation_id = Some(function.operation_id(event));
            add(&mut components.schemas, description.schemas.into_iter())?;
            add(&mut components.responses, description.responses.into_iter().map(|(name, r)| (name, r.into())))?;
            paths.add_path_operation(path, vec![method], description.operation);
        }
    }
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(words::TOKEN));
    components.add_security_scheme("bearer", SecurityScheme::Http(token.build()));
    let client = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(words::CLIENT));
    components.add_security_scheme("client", SecurityScheme::Http(client.build()));
    let document = OpenApiBuilder::new().info(words::info()).tags(Some(words::tags())).servers(Some(words::servers()));
    Ok(document.paths(paths).components(Some(components)).build())
}

/// Adds the components that operations refer to. Several operations may share one.
fn add<T: PartialEq>(known: &mut BTreeMap<String, T>, found: impl Iterator<Item = (String, T)>) -> Result<(), Problem> {
    for (name, thing) in found {
        match known.get(&name) {
            Some(other) if *other != thing => return Err(Problem::Ambiguous(name)),
            Some(_) => {}
            None => {
                known.insert(name, thing);
            }
        }
    }
    Ok(())
}

fn names_parameters_of(description: &Description, path: &str) -> bool {
    let mut of_path: Vec<_> =
        path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).map(str::to_owned).collect();
    let mut described = description.path_parameters.clone();
    of_path.sort();
    described.sort();
    of_path == described
}

fn http_method(name: &str) -> Option<HttpMethod> {
    Some(match name {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        "PATCH" => HttpMethod::Patch,
        _ => return None,
    })
}
