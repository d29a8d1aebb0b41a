/** Why a group of specification tests fails, in one word. */
export type FailureReason = keyof typeof EXPECTED_FAILURES;

/**
 * The specification tests that fail, as `file/section/name`, by reason. The suite fails when one of
 * them passes, and when another fails.
 */
export const EXPECTED_FAILURES = {
  /** They skip the type check and expect that it does not matter. We always check. */
  checked: [
    'basic/variables/unbound_is_runtime_error',
    'basic/functions/unbound_is_runtime_error',
    'comparisons/eq_literal/not_eq_list_length',
    'comparisons/eq_literal/eq_mixed_types',
    'comparisons/eq_literal/eq_list_elem_mixed_types',
    'comparisons/ne_literal/ne_mixed_types',
    'logic/conditional/mixed_type',
    'logic/AND/short_circuit_type_left',
    'logic/AND/short_circuit_type_right',
    'logic/OR/short_circuit_type_left',
    'logic/OR/short_circuit_type_right',
    'parse/receiver_function_names/as',
    'parse/receiver_function_names/break',
    'parse/receiver_function_names/const',
    'parse/receiver_function_names/continue',
    'parse/receiver_function_names/else',
    'parse/receiver_function_names/for',
    'parse/receiver_function_names/function',
    'parse/receiver_function_names/if',
    'parse/receiver_function_names/import',
    'parse/receiver_function_names/let',
    'parse/receiver_function_names/loop',
    'parse/receiver_function_names/package',
    'parse/receiver_function_names/namespace',
    'parse/receiver_function_names/return',
    'parse/receiver_function_names/var',
    'parse/receiver_function_names/void',
    'parse/receiver_function_names/while',
  ],
  /** The library's lexer has no `br''`, no names in backquotes, no `.99`, and reads a character in bytes as one byte. */
  literals: [
    'basic/self_eval_nonzeroish/self_eval_bytes_escape',
    'comparisons/eq_literal/eq_bytes',
    'comparisons/ne_literal/not_ne_bytes',
    'comparisons/gt_literal/not_gt_double',
    'fields/quoted_map_fields/field_access_slash',
    'fields/quoted_map_fields/field_access_dash',
    'fields/quoted_map_fields/field_access_dot',
    'fields/quoted_map_fields/has_field_slash',
    'fields/quoted_map_fields/has_field_dash',
    'fields/quoted_map_fields/has_field_dot',
    'parse/bytes_literals/raw_single_quoted_escapes',
    'parse/bytes_literals/raw_double_quoted_escapes',
    'parse/bytes_literals/raw_triple_single_quoted_escapes',
    'parse/bytes_literals/raw_triple_double_quoted_escapes',
    'parse/bytes_literals/upper_raw_single_quoted_escapes',
    'parse/bytes_literals/upper_raw_double_quoted_escapes',
    'parse/bytes_literals/upper_raw_triple_single_quoted_escapes',
    'parse/bytes_literals/upper_raw_triple_double_quoted_escapes',
  ],
  /** Variables with dots in their names, and containers. */
  names: [
    'fields/qualified_identifier_resolution/qualified_ident',
    'fields/qualified_identifier_resolution/map_field_select',
    'fields/qualified_identifier_resolution/qualified_identifier_resolution_unchecked',
    'fields/qualified_identifier_resolution/ident_with_longest_prefix_check',
    'namespace/qualified/self_eval_qualified_lookup',
    'namespace/namespace/self_eval_container_lookup',
    'namespace/namespace/self_eval_container_lookup_unchecked',
  ],
  /** They want integers and doubles compared with the error of a conversion. Ours are compared exactly. */
  exact: [
    'comparisons/lt_literal/not_lt_dyn_int_big_lossy_double',
    'comparisons/gt_literal/not_gt_dyn_big_double_int',
    'comparisons/lte_literal/lte_dyn_big_double_int',
    'comparisons/gte_literal/gte_dyn_int_big_lossy_double',
  ],
  /** The library's timestamps count milliseconds. */
  nanoseconds: [
    'timestamps/timestamp_conversions/toString_timestamp_nanos',
    'timestamps/timestamp_arithmetic/add_time_to_duration_nanos_positive',
    'timestamps/timestamp_range/add_duration_nanos_over',
  ],
  /** cel-go finds nothing beyond the end of a text, and so do we. */
  'cel-go': [
    'string_ext/value_errors/indexof_out_of_range',
    'string_ext/value_errors/lastindexof_out_of_range',
  ],
  /** The library's checker gets these types wrong. */
  types: [
    'macros/all/list_empty',
    'timestamps/timestamp_arithmetic/add_time_to_duration',
    'type_deductions/flexible_type_parameter_assignment/unconstrained_type_var_as_dyn',
  ],
  /** They declare functions of their own, or use optional values. */
  declarations: [
    'type_deductions/functions/function_result_type',
    'type_deductions/flexible_type_parameter_assignment/optional_none',
    'type_deductions/flexible_type_parameter_assignment/optional_none_2',
    'type_deductions/flexible_type_parameter_assignment/optional_dyn_promotion',
    'type_deductions/flexible_type_parameter_assignment/optional_dyn_promotion_2',
    'type_deductions/flexible_type_parameter_assignment/optional_in_ternary',
    'type_deductions/type_parameters/multiple_parameters_generality',
    'type_deductions/type_parameters/multiple_parameters_generality_2',
    'type_deductions/type_parameters/multiple_parameters_parameterized_ovl',
    'type_deductions/type_parameters/multiple_parameters_parameterized_ovl_2',
    'type_deductions/legacy_nullable_types/null_assignable_to_abstract_parameter_candidate',
  ],
} as const;
