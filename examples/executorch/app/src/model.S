/* The program, in flash: the runtime reads constants, sizes and dimension orders where they are. */
  .section .rodata.model_pte, "a"
  .balign 16
  .global model_pte
model_pte:
  .incbin MODEL_FILE
  .global model_pte_end
model_pte_end:
#if defined(__linux__)
  .section .note.GNU-stack, "", %progbits
#endif
