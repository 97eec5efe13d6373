# {{ about.study_code }}, data cut {{ about.cut_name }}: every dataset from Dataset-JSON 1.1, by jsonlite.
# From the folder of the export:  Rscript snippets/read_dataset_json.R   or   source("snippets/read_dataset_json.R")
library(jsonlite)

as_variable <- function(cells, column) {
  cells <- lapply(cells, function(cell) if (is.null(cell)) NA else cell)
  found <- switch(column$dataType,
    integer = as.numeric(unlist(cells)), double = as.numeric(unlist(cells)), as.character(unlist(cells)))
  if (identical(column$targetDataType, "integer")) found <- as.Date(found)
  structure(found, label = column$label)
}

read_dataset <- function(path) {
  read <- fromJSON(path, simplifyVector = FALSE)
  found <- lapply(seq_along(read$columns), function(place) as_variable(lapply(read$rows, `[[`, place), read$columns[[place]]))
  names(found) <- vapply(read$columns, function(column) column$name, "")
  cat(sprintf("%s: %d rows, %d variables\n", tolower(read$name), read$records, length(found)))
  as.data.frame(found, check.names = FALSE)
}

datasets <- lapply(sort(list.files("dataset-json", "[.]json$", full.names = TRUE)), read_dataset)
names(datasets) <- tools::file_path_sans_ext(sort(list.files("dataset-json", "[.]json$")))
