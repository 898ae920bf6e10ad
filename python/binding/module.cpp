// The extension module pudu._pudu: thin functions over driver and tools. Texts and files go in, texts of JSON and
// arrays come out; what is convenient in Python is written in Python (pudu/*.py). Every function that may take long has
// the argument `progress`, None or callable(stage, done, total), and can be interrupted (interruptible.hpp).
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/files.hpp"
#include "driver/artifact.hpp"
#include "driver/output_folder.hpp"
#include "driver/version.hpp"
#include "emitters/report/report.hpp"
#include "errors.hpp"
#include "interruptible.hpp"
#include "model.hpp"
#include "services.hpp"
#include "tools/command_line.hpp"
#include "tools/console.hpp"
#include "tools/targets_json.hpp"

namespace pudu::python {
namespace {

namespace nb = nanobind;
using nb::literals::operator""_a;
using Listener = base::ProgressListener;
using OutputArray = nb::ndarray<nb::numpy>;

nb::dlpack::dtype dtype_of(base::ArrayType type) {
  switch (type) {
    case base::ArrayType::Float32:
      return nb::dtype<float>();
    case base::ArrayType::Float64:
      return nb::dtype<double>();
    case base::ArrayType::Int8:
      return nb::dtype<std::int8_t>();
    case base::ArrayType::UInt8:
    case base::ArrayType::Bool:
      return nb::dtype<std::uint8_t>();
    case base::ArrayType::Int16:
      return nb::dtype<std::int16_t>();
    case base::ArrayType::Int32:
      return nb::dtype<std::int32_t>();
    case base::ArrayType::Int64:
      break;
  }
  return nb::dtype<std::int64_t>();
}

/// The array owns the bytes.
OutputArray to_python(base::Array array) {
  auto owned = std::make_unique<base::Array>(std::move(array));
  base::Array* const raw = owned.get();
  const nb::capsule owner(owned.release(), [](void* data) noexcept { delete static_cast<base::Array*>(data); });
  const std::vector<std::size_t> shape(raw->shape.begin(), raw->shape.end());
  return {raw->bytes.data(), shape.size(), shape.data(), owner, nullptr, dtype_of(raw->dtype)};
}

Model compile(const tools::ModelOptions& options, nb::object progress) {
  return unwrap(run_interruptible(progress, [&](Listener& listener) { return Model::compile(options, listener); }));
}

Model load(const std::filesystem::path& folder) {
  return unwrap(Model::load(folder));
}

/// (arrays, warnings).
nb::tuple to_python(RunResult result) {
  std::vector<OutputArray> arrays;
  for (base::Array& output : result.outputs) arrays.push_back(to_python(std::move(output)));
  return nb::make_tuple(arrays, result.warnings);
}

nb::tuple run(const Model& model, const std::vector<std::string>& inputs, bool raw, bool reset_each_sample,
              nb::object progress) {
  const RunRequest request{inputs, raw, reset_each_sample};
  return to_python(
      unwrap(run_interruptible(progress, [&](Listener& listener) { return model.run(request, listener); })));
}

nb::tuple run_program(const std::filesystem::path& file, const std::vector<std::string>& inputs, bool raw,
                      nb::object progress) {
  const RunRequest request{inputs, raw, false};
  return to_python(unwrap(
      run_interruptible(progress, [&](Listener& listener) { return outputs_of_program(file, request, listener); })));
}

void write_folder(Model& model, const std::filesystem::path& folder, nb::object progress) {
  unwrap(run_interruptible(progress, [&](Listener& listener) { return model.write_folder(folder, listener); }));
}

/// As before writing a model into a folder: what stands there must be Pudu's.
void check_model_folder(const std::filesystem::path& folder, bool has_program) {
  unwrap(driver::check_model_folder(folder,
                                    has_program ? driver::FolderContent::CppAndProgram : driver::FolderContent::Cpp));
}

/// The program in `folder` that goes when the model of the folder `source` is copied there.
std::optional<std::filesystem::path> outdated_program(const std::filesystem::path& folder,
                                                      const std::filesystem::path& source) {
  const std::vector<std::byte> model = unwrap(base::read_file(source / driver::program_file));
  return driver::outdated_program(folder, {reinterpret_cast<const char*>(model.data()), model.size()});
}

nb::dict write_pte(const Model& model, const std::filesystem::path& file, const std::string& operators,
                   const std::string& memory, const std::string& ram, const std::string& plan_time,
                   nb::object progress) {
  const PteRequest request{operators, memory, ram, plan_time};
  const driver::PteArtifact artifact =
      unwrap(run_interruptible(progress, [&](Listener& listener) { return model.write_pte(file, request, listener); }));
  nb::dict result;
  result["bytes"] = artifact.bytes.size();
  result["arena_bytes"] = artifact.model.memory.arena_bytes;
  result["own_operators"] = artifact.own_operators;
  result["spared_bytes"] = artifact.spared_bytes;
  return result;
}

std::size_t parse_size(const std::string& text, const std::string& name) {
  return unwrap(tools::parse_size(text, name));
}

std::string report_json(const Model& model) {
  return emitters::to_json(unwrap(model.report()));
}

std::string report_html(const std::string& json) {
  return emitters::to_html(unwrap(emitters::report_from_json(json)));
}

std::string validate(const tools::ModelOptions& options, const ValidateRequest& request, nb::object progress) {
  return unwrap(
      run_interruptible(progress, [&](Listener& listener) { return validation_of(options, request, listener); }));
}

/// Python gets the report of a model that does not fit, too, and the reason in the same error.
std::string analyze(const tools::ModelOptions& options, nb::object progress) {
  const Findings findings =
      unwrap(run_interruptible(progress, [&](Listener& listener) { return analysis_of(options, listener); }));
  if (findings.fits) return findings.json;
  try {
    raise(findings.fits.error());
  } catch (nb::python_error& error) {
    error.value().attr("report_json") = findings.json;
    throw;
  }
}

std::string bench(const tools::BenchRequest& request, nb::object progress) {
  return unwrap(run_interruptible(progress, [&](Listener& listener) { return measurement_of(request, listener); }));
}

std::string estimate(const tools::ModelOptions& options, const std::vector<std::string>& targets, nb::object progress) {
  return unwrap(
      run_interruptible(progress, [&](Listener& listener) { return estimates_of(options, targets, listener); }));
}

/// The command line, with Ctrl-C as in the executable: it ends the process.
int main(const std::vector<std::string>& arguments) {
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  pointers.push_back(nullptr);
  std::signal(SIGINT, SIG_DFL);  // NOLINT(cert-err33-c): it cannot fail for these arguments
  const nb::gil_scoped_release unlocked;
  return tools::run_command_line(static_cast<int>(arguments.size()), pointers.data());
}

void add_options(nb::module_& module) {
  using tools::ModelOptions;
  nb::class_<ModelOptions>(module, "ModelOptions", "The options of the command line, as text; empty: not given.")
      .def(nb::init<>())
      .def_rw("model", &ModelOptions::model)
      .def_rw("target", &ModelOptions::target)
      .def_rw("isa", &ModelOptions::isa)
      .def_rw("kernels", &ModelOptions::kernels)
      .def_rw("calibration", &ModelOptions::calibration)
      .def_rw("io", &ModelOptions::io)
      .def_rw("input_layout", &ModelOptions::input_layout)
      .def_rw("effort", &ModelOptions::effort)
      .def_rw("ranges", &ModelOptions::ranges)
      .def_rw("equalize", &ModelOptions::equalize)
      .def_rw("bias_correction", &ModelOptions::bias_correction)
      .def_rw("linear_weights", &ModelOptions::linear_weights)
      .def_rw("weights", &ModelOptions::weights)
      .def_rw("int16", &ModelOptions::int16)
      .def_rw("accuracy", &ModelOptions::accuracy)
      .def_rw("optimize", &ModelOptions::optimize)
      .def_rw("keep_float", &ModelOptions::keep_float)
      .def_rw("intermediates", &ModelOptions::intermediates)
      .def_rw("ram", &ModelOptions::ram)
      .def_rw("flash", &ModelOptions::flash)
      .def_rw("memories", &ModelOptions::memories)
      .def_rw("memory", &ModelOptions::memory)
      .def_rw("feed", &ModelOptions::feed)
      .def_rw("batch", &ModelOptions::batch)
      .def_rw("jobs", &ModelOptions::jobs)
      .def_rw("plan_time", &ModelOptions::plan_time)
      .def_rw("disabled_passes", &ModelOptions::disabled_passes);
  nb::class_<ValidateRequest>(module, "ValidateRequest")
      .def(nb::init<>())
      .def_rw("inputs", &ValidateRequest::inputs)
      .def_rw("labels", &ValidateRequest::labels)
      .def_rw("limit", &ValidateRequest::limit)
      .def_rw("suggestions", &ValidateRequest::suggestions);
  nb::class_<tools::BenchRequest>(module, "BenchRequest")
      .def(nb::init<>())
      .def_rw("folder", &tools::BenchRequest::folder)
      .def_rw("target", &tools::BenchRequest::target)
      .def_rw("board", &tools::BenchRequest::board)
      .def_rw("work_dir", &tools::BenchRequest::work_dir)
      .def_rw("cmsis_nn_root", &tools::BenchRequest::cmsis_nn_root)
      .def_rw("inputs", &tools::BenchRequest::inputs);
}

void add_functions(nb::module_& module) {
  const auto none = "progress"_a = nb::none();
  nb::class_<Model>(module, "Model", "A compiled model.")
      .def_prop_ro("warnings", &Model::warnings, "What was found about the calibration data.")
      .def("report_json", &report_json)
      .def("run", &run, "inputs"_a, "raw"_a, "reset_each_sample"_a, none)
      .def("write_folder", &write_folder, "folder"_a, none)
      .def("write_pte", &write_pte, "file"_a, "operators"_a, "memory"_a = "", "ram"_a = "", "plan_time"_a = "", none);
  module.def("check_model_folder", &check_model_folder, "folder"_a, "has_program"_a);
  module.def("outdated_program", &outdated_program, "folder"_a, "source"_a);
  module.def("compile", &compile, "options"_a, none);
  module.def("load", &load, "folder"_a);
  module.def("run_program", &run_program, "file"_a, "inputs"_a, "raw"_a, none);
  module.def("validate", &validate, "options"_a, "request"_a, none);
  module.def("analyze", &analyze, "options"_a, none);
  module.def("bench", &bench, "request"_a, none);
  module.def("estimate", &estimate, "options"_a, "targets"_a, none);
  module.def("report_html", &report_html, "json"_a);
  module.def("targets_json", &tools::targets_json);
  module.def("parse_size", &parse_size, "text"_a, "name"_a, "Bytes of text such as \"64K\".");
  module.def("main", &main, "arguments"_a, "Runs the command line; the first argument is the program's name.");
}

}  // namespace
}  // namespace pudu::python

NB_MODULE(_pudu, module) {
  module.attr("__version__") = std::string(pudu::driver::version);
  pudu::python::add_errors(module);
  pudu::python::add_options(module);
  pudu::python::add_functions(module);
}
