// Of the stand-in for Zephyr: %d and %s.
#pragma once

#ifdef __cplusplus
extern "C"
#endif
    void
    printk(const char* format, ...);
