// Every kernel of the engine, in one unit. Plain CUDA C++ for compute capability 7.5 and up; to be compiled without
// contraction (`--fmad=false`), so that what is fused is what says so.

#include "activation.cu"
#include "adamw.cu"
#include "attention.cu"
#include "crf.cu"
#include "embedding.cu"
#include "focal.cu"
#include "heads.cu"
#include "loss.cu"
#include "norm.cu"
#include "relative.cu"
#include "rotary.cu"
#include "rows.cu"
#include "unfold.cu"
