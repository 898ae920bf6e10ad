// The least that names the library.
#include "operators/operators.hpp"

int operator_count() {
  return static_cast<int>(pudu::executorch_ops::kernels_of_library().size());
}
