// The fields of report.json: one list per object, in the order of the file, that the writer and the reader both walk,
// so that they cannot disagree. docs/report.md describes each field.
#pragma once

#include <type_traits>

#include "emitters/report/report.hpp"

namespace pudu::emitters {

template <class T, class Wanted>
concept CvOf = std::is_same_v<std::remove_const_t<T>, Wanted>;

template <CvOf<ReportPort> Port, class Visitor>
void visit_fields(Port& port, Visitor& visit) {
  visit("name", port.name);
  visit("direction", port.direction);
  visit("shape", port.shape);
  visit("dtype", port.dtype);
  visit("scale", port.scale);
  visit("zero_point", port.zero_point);
}

template <CvOf<ReportExecution> Execution, class Visitor>
void visit_fields(Execution& execution, Visitor& visit) {
  visit("loads", execution.loads);
  visit("stores", execution.stores);
  visit("multiplies", execution.multiplies);
  visit("mve", execution.mve);
  visit("branches", execution.branches);
  visit("others", execution.others);
  visit("branches_taken", execution.branches_taken);
  visit("cycles", execution.cycles);
  visit("cycles_low", execution.cycles_low);
  visit("cycles_high", execution.cycles_high);
}

template <CvOf<ReportLayer> Layer, class Visitor>
void visit_fields(Layer& layer, Visitor& visit) {
  visit("name", layer.name);
  visit("operator", layer.op);
  visit("kernel", layer.kernel);
  visit("function", layer.function);
  visit("fallback", layer.fallback);
  visit("choice", layer.choice);
  visit("estimated_instructions", layer.estimated_instructions);
  visit("source", layer.source);
  visit("output_shape", layer.output_shape);
  visit("macs", layer.macs);
  visit("weights_bytes", layer.weights_bytes);
  visit("scratch_bytes", layer.scratch_bytes);
  visit("instructions", layer.instructions);
  visit("executed", layer.executed);
  visit("sqnr_db", layer.sqnr_db);
}

template <CvOf<ReportDeadLayer> Layer, class Visitor>
void visit_fields(Layer& dead, Visitor& visit) {
  visit("layer", dead.layer);
  visit("removed", dead.removed);
  visit("of", dead.of);
}

template <CvOf<ReportDeadChannels> Dead, class Visitor>
void visit_fields(Dead& dead, Visitor& visit) {
  visit("channels", dead.channels);
  visit("macs", dead.macs);
  visit("constant_bytes", dead.constant_bytes);
  visit("activation_bytes", dead.activation_bytes);
  visit("layers", dead.layers);
}

template <CvOf<ReportBuffer> Buffer, class Visitor>
void visit_fields(Buffer& buffer, Visitor& visit) {
  visit("name", buffer.name);
  visit("kind", buffer.kind);
  visit("offset", buffer.offset);
  visit("bytes", buffer.bytes);
  visit("begin_step", buffer.begin_step);
  visit("end_step", buffer.end_step);
  visit("written_by", buffer.written_by);
  visit("read_by", buffer.read_by);
  visit("extents", buffer.extents);
}

template <CvOf<ReportStep> Step, class Visitor>
void visit_fields(Step& step, Visitor& visit) {
  visit("kind", step.kind);
  visit("layer", step.layer);
  visit("buffer", step.buffer);
  visit("begin_row", step.begin_row);
  visit("end_row", step.end_row);
}

template <CvOf<ReportPlan> Plan, class Visitor>
void visit_fields(Plan& plan, Visitor& visit) {
  visit("arena_bytes", plan.arena_bytes);
  visit("lower_bound_bytes", plan.lower_bound_bytes);
  visit("plan_strategy", plan.plan_strategy);
  visit("steps", plan.steps);
  visit("buffers", plan.buffers);
}

template <CvOf<ReportAlternative> Alternative, class Visitor>
void visit_fields(Alternative& alternative, Visitor& visit) {
  visit("option", alternative.option);
  visit("arena_bytes", alternative.arena_bytes);
}

template <CvOf<ReportIsaCost> Cost, class Visitor>
void visit_fields(Cost& cost, Visitor& visit) {
  visit("isa", cost.isa);
  visit("arena_bytes", cost.arena_bytes);
  visit("scratch_bytes", cost.scratch_bytes);
}

template <CvOf<ReportPlanning> Planning, class Visitor>
void visit_fields(Planning& planning, Visitor& visit) {
  visit("traced_steps", planning.traced_steps);
  visit("packed_arenas", planning.packed_arenas);
  visit("packing_work", planning.packing_work);
}

template <CvOf<ReportStage> Stage, class Visitor>
void visit_fields(Stage& stage, Visitor& visit) {
  visit("name", stage.name);
  visit("seconds", stage.seconds);
  visit("peak_memory_bytes", stage.peak_memory_bytes);
}

template <CvOf<ReportFloatPart> Part, class Visitor>
void visit_fields(Part& part, Visitor& visit) {
  visit("name", part.name);
  visit("operator", part.op);
  visit("reason", part.reason);
  visit("macs", part.macs);
  visit("weights_bytes", part.weights_bytes);
}

template <CvOf<ReportRegion> Region, class Visitor>
void visit_fields(Region& region, Visitor& visit) {
  visit("name", region.name);
  visit("kind", region.kind);
  visit("section", region.section);
  visit("capacity_bytes", region.capacity_bytes);
  visit("bytes", region.bytes);
  visit("begin", region.begin);
  visit("contents", region.contents);
}

template <CvOf<ReportLayerQuality> Quality, class Visitor>
void visit_fields(Quality& quality, Visitor& visit) {
  visit("name", quality.name);
  visit("operator", quality.op);
  visit("kernel", quality.kernel);
  visit("isolated_sqnr_db", quality.isolated_sqnr_db);
  visit("sqnr_db", quality.sqnr_db);
  visit("cosine", quality.cosine);
  visit("saturated_percent", quality.saturated_percent);
  visit("range_used_percent", quality.range_used_percent);
}

template <CvOf<ReportConfusion> Confusion, class Visitor>
void visit_fields(Confusion& confusion, Visitor& visit) {
  visit("label", confusion.label);
  visit("choice", confusion.choice);
  visit("samples", confusion.samples);
}

template <CvOf<ReportClassification> Classification, class Visitor>
void visit_fields(Classification& classification, Visitor& visit) {
  visit("classes", classification.classes);
  visit("agreement", classification.agreement);
  visit("top5_agreement", classification.top5_agreement);
  visit("correct", classification.correct);
  visit("float_correct", classification.float_correct);
  visit("top5", classification.top5);
  visit("float_top5", classification.float_top5);
  visit("confusion", classification.confusion);
}

template <CvOf<ReportPoint> Point, class Visitor>
void visit_fields(Point& point, Visitor& visit) {
  visit("float", point.expected);
  visit("int8", point.actual);
  visit("sample", point.sample);
}

template <CvOf<ReportErrors> Errors, class Visitor>
void visit_fields(Errors& errors, Visitor& visit) {
  visit("step", errors.step);
  visit("begin_steps", errors.begin_steps);
  visit("bin_steps", errors.bin_steps);
  visit("counts", errors.counts);
}

template <CvOf<ReportSuggestion> Suggestion, class Visitor>
void visit_fields(Suggestion& suggestion, Visitor& visit) {
  visit("options", suggestion.options);
  visit("sqnr_db", suggestion.sqnr_db);
  visit("gain_db", suggestion.gain_db);
}

template <CvOf<ReportValidation> Validation, class Visitor>
void visit_fields(Validation& validation, Visitor& visit) {
  visit("samples", validation.samples);
  visit("warnings", validation.warnings);
  visit("sqnr_db", validation.sqnr_db);
  visit("median_sample_sqnr_db", validation.median_sample_sqnr_db);
  visit("worst_sample_sqnr_db", validation.worst_sample_sqnr_db);
  visit("sample_sqnr_db", validation.sample_sqnr_db);
  visit("classification", validation.classification);
  visit("layers", validation.layers);
  visit("points", validation.points);
  visit("errors", validation.errors);
  visit("suggestions", validation.suggestions);
}

template <CvOf<ReportInt16> Int16, class Visitor>
void visit_fields(Int16& int16, Visitor& visit) {
  visit("values", int16.values);
  visit("sqnr_db", int16.sqnr_db);
  visit("int8_sqnr_db", int16.int8_sqnr_db);
  visit("held_out_samples", int16.held_out_samples);
}

/// `visit.group(name, body)` calls body with a visitor of the nested object of that name.
template <CvOf<Report> Whole, class Visitor>
void visit_fields(Whole& report, Visitor& visit) {
  visit("pudu_version", report.pudu_version);
  visit("kernel_abi_version", report.kernel_abi_version);
  visit("model", report.model);
  visit.group("target", [&](auto& target) {
    target("cpu", report.cpu);
    target("isa", report.isa);
    target("kernels", report.kernels);
    target("optimize", report.optimize);
  });
  visit("io", report.io);
  visit("arena_bytes", report.arena_bytes);
  visit("lower_bound_bytes", report.lower_bound_bytes);
  visit("persistent_bytes", report.persistent_bytes);
  visit("weights_bytes", report.weights_bytes);
  visit("exact_targets", report.exact_targets);
  visit("measured_on", report.measured_on);
  visit("code_bytes", report.code_bytes);
  visit("stack_bytes", report.stack_bytes);
  visit("macs", report.macs);
  visit("parameters", report.parameters);
  visit("instructions", report.instructions);
  visit("executed", report.executed);
  visit("dead_channels", report.dead_channels);
  visit("float_operators", report.float_operators);
  visit("float_parts", report.float_parts);
  visit("int16", report.int16);
  visit("transposes", report.transposes);
  visit("transpose_reasons", report.transpose_reasons);
  visit("plan_strategy", report.plan_strategy);
  visit("layers", report.layers);
  visit("steps", report.steps);
  visit("buffers", report.buffers);
  visit("layerwise", report.layerwise);
  visit("alternatives", report.alternatives);
  visit("regions", report.regions);
  visit("validation", report.validation);
  visit("planning", report.planning);
  visit("stages", report.stages);
}

}  // namespace pudu::emitters
