/** Names from npm `redis` 4 that were renamed in version 5. Libraries written for version 4 still import them. */
import { SCHEMA_FIELD_TYPE, SCHEMA_VECTOR_FIELD_ALGORITHM } from './schema';

/** @deprecated use `SCHEMA_FIELD_TYPE` */
export const SchemaFieldTypes = SCHEMA_FIELD_TYPE;
/** @deprecated use `SCHEMA_VECTOR_FIELD_ALGORITHM` */
export const VectorAlgorithms = SCHEMA_VECTOR_FIELD_ALGORITHM;
