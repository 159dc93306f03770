//! Makes the template's tables through the SDK, and refuses tables that differ from it.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    Client,
    operation::describe_table::DescribeTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection, ProjectionType,
        TableDescription, TimeToLiveSpecification, TimeToLiveStatus,
    },
};

use crate::{
    problem::{Problem, cause},
    template::{Index, KeyElement, Projection as Projected, Table, Template},
};

/// Makes the template's tables that are missing, and checks the others.
pub(crate) async fn ensure(client: &Client, template: &Template) -> Result<(), Problem> {
    for (name, table) in &template.tables {
        match client.describe_table().table_name(name).send().await {
            Ok(found) if found.table.as_ref().is_some_and(|found| is_as_declared(found, table)) => {}
            Ok(_) => return Err(Problem::TableDiffers(name.clone())),
            Err(error) if error.as_service_error().is_some_and(DescribeTableError::is_resource_not_found_exception) => {
                create(client, name, table).await.map_err(|problem| failed(name, &problem))?;
            }
            Err(error) => return Err(failed(name, &cause(&error))),
        }
        expire(client, name, table).await.map_err(|problem| failed(name, &problem))?;
    }
    Ok(())
}

fn failed(name: &str, problem: &str) -> Problem {
    Problem::failed(format_args!("making table {name}"), &problem)
}

async fn create(client: &Client, name: &str, table: &Table) -> Result<(), String> {
    let problem = |error: aws_sdk_dynamodb::error::BuildError| error.to_string();
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for definition in &table.attribute_definitions {
        let built = AttributeDefinition::builder()
            .attribute_name(&definition.attribute_name)
            .attribute_type(definition.attribute_type.as_str().into())
            .build();
        request = request.attribute_definitions(built.map_err(problem)?);
    }
    request = request.set_key_schema(Some(key_schema(&table.key_schema)?));
    for index in &table.global_secondary_indexes {
        request = request.global_secondary_indexes(secondary_index(index)?);
    }
    request.send().await.map_err(|error| cause(&error))?;
    Ok(())
}

fn key_schema(elements: &[KeyElement]) -> Result<Vec<KeySchemaElement>, String> {
    let build = |element: &KeyElement| {
        KeySchemaElement::builder()
            .attribute_name(&element.attribute_name)
            .key_type(element.key_type.as_str().into())
            .build()
    };
    elements.iter().map(build).collect::<Result<_, _>>().map_err(|error| error.to_string())
}

fn secondary_index(index: &Index) -> Result<GlobalSecondaryIndex, String> {
    let non_key = &index.projection.non_key_attributes;
    let projection = Projection::builder()
        .projection_type(index.projection.projection_type.as_str().into())
        .set_non_key_attributes((!non_key.is_empty()).then(|| non_key.clone()))
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(&index.index_name)
        .set_key_schema(Some(key_schema(&index.key_schema)?))
        .projection(projection)
        .build()
        .map_err(|error| error.to_string())
}

async fn expire(client: &Client, name: &str, table: &Table) -> Result<(), String> {
    let Some(wanted) = table.time_to_live_specification.as_ref().filter(|wanted| wanted.enabled) else {
        return Ok(());
    };
    let found = client.describe_time_to_live().table_name(name).send().await;
    let found = found.map_err(|error| cause(&error))?;
    let status = found.time_to_live_description.and_then(|found| found.time_to_live_status);
    if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(());
    }
    let specification = TimeToLiveSpecification::builder()
        .attribute_name(&wanted.attribute_name)
        .enabled(true)
        .build()
        .map_err(|error| error.to_string())?;
    let request = client.update_time_to_live().table_name(name).time_to_live_specification(specification);
    request.send().await.map_err(|error| cause(&error))?;
    Ok(())
}

/// Whether a table has the declared keys and indexes. Their order does not matter.
fn is_as_declared(found: &TableDescription, declared: &Table) -> bool {
    let found_keys = |keys: &[KeySchemaElement]| {
        let pair = |key: &KeySchemaElement| (key.attribute_name.clone(), key.key_type.as_str().to_owned());
        keys.iter().map(pair).collect::<BTreeSet<_>>()
    };
    let declared_keys = |keys: &[KeyElement]| {
        keys.iter().map(|key| (key.attribute_name.clone(), key.key_type.clone())).collect::<BTreeSet<_>>()
    };
    let found_indexes = found.global_secondary_indexes().iter().map(|index| {
        let projection = index.projection();
        let kind = projection.and_then(Projection::projection_type).map_or("", ProjectionType::as_str);
        let carried = projection.map(Projection::non_key_attributes).unwrap_or_default();
        let carried = carried.iter().cloned().collect::<BTreeSet<_>>();
        (index.index_name().unwrap_or_default().to_owned(), found_keys(index.key_schema()), kind.to_owned(), carried)
    });
    let declared_indexes = declared.global_secondary_indexes.iter().map(|index| {
        let Projected { projection_type, non_key_attributes } = index.projection.clone();
        let carried = non_key_attributes.into_iter().collect::<BTreeSet<_>>();
        (index.index_name.clone(), declared_keys(&index.key_schema), projection_type, carried)
    });
    found_keys(found.key_schema()) == declared_keys(&declared.key_schema)
        && found_indexes.collect::<BTreeSet<_>>() == declared_indexes.collect()
}
