// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys in a table, against a walk over all of them.
 */
#include "support/test.h"

#include <string.h>

#include "base/keys.h"
#include "base/rng.h"

#define KEYS 200

static struct key random_key(struct rng *rng)
{
	struct key k = {{0}};

	/* Few different ones, of which some begin alike. */
	k.bytes[0] = (uint8_t)rng_below(rng, 8);
	k.bytes[KEY_LEN - 1] = (uint8_t)rng_below(rng, 60);
	return k;
}

static const struct key *walk(const struct key *keys, uint32_t n, const struct key *key)
{
	for (uint32_t i = 0; i < n; i++)
		if (!key_cmp(&keys[i], key))
			return &keys[i];
	return NULL;
}

static void the_first_of_equal_ones_is_found(void **state)
{
	struct rng rng = {.state = 5};
	unsigned int found = 0, missing = 0;
	struct key keys[KEYS];
	(void)state;

	for (uint32_t n = 0; n <= KEYS; n++) {
		struct keys ks;

		keys_begin(&ks, n);
		for (uint32_t i = 0; i < n; i++) {
			keys[i] = random_key(&rng);
			keys_add(&ks, &keys[i]);
		}
		for (int i = 0; i < 100; i++) {
			struct key key = random_key(&rng);
			const struct key *want = walk(keys, n, &key);

			assert_ptr_equal(keys_find(&ks, &key), want);
			found += want != NULL;
			missing += !want;
		}
		keys_free(&ks);
	}
	assert_true(found > 1000 && missing > 1000);
}

TEST_MAIN(the_first_of_equal_ones_is_found)
