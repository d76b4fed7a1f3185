/** Names that npm `redis` 4 had for what is called otherwise since version 5: libraries that were written for it still import them. */
import { SCHEMA_FIELD_TYPE, SCHEMA_VECTOR_FIELD_ALGORITHM } from './schema';

/** @deprecated use `SCHEMA_FIELD_TYPE` */
export const SchemaFieldTypes = SCHEMA_FIELD_TYPE;
/** @deprecated use `SCHEMA_VECTOR_FIELD_ALGORITHM` */
export const VectorAlgorithms = SCHEMA_VECTOR_FIELD_ALGORITHM;
