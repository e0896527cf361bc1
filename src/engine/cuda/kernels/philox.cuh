// Philox4x32-10 (Salmon et al. 2011): four words as a function of a key and a counter.
#pragma once

__device__ __forceinline__ uint4 philox(unsigned key0, unsigned key1, uint4 counter) {
    // unrolled, the keys of all rounds would occupy registers in every loop that draws
#pragma unroll 1
    for (int round = 0; round < 10; round++) {
        unsigned long long low = (unsigned long long)counter.x * 0xD2511F53u;
        unsigned long long high = (unsigned long long)counter.z * 0xCD9E8D57u;
        counter = make_uint4((unsigned)(high >> 32) ^ counter.y ^ key0, (unsigned)high,
                             (unsigned)(low >> 32) ^ counter.w ^ key1, (unsigned)low);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}
