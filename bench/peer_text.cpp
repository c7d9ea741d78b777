// The same pairs as bench_text.c, with RapidFuzz: compiled by bench/text.py where its headers can be had. The packed
// form takes 16 letters at most, so every name is cut to 16.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <rapidfuzz/distance.hpp>

static std::vector<std::string> names;
static size_t n_queries;
static double sum;

static double now()
{
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

static const std::string &query(size_t q)
{
    return names[q * 7919 % names.size()];
}

template <typename Work> static void tell(const char *what, size_t queries, Work work)
{
    double begin = now();
    for (size_t q = 0; q < queries; q++)
        work(query(q));
    std::printf(
        "%s %.3f\n", what, (now() - begin) * 1e9 / (static_cast<double>(queries) * static_cast<double>(names.size())));
}

template <typename Measure> static void pair(const char *what, Measure measure)
{
    tell(what, n_queries / 8 + 1, [&](const std::string &a) {
        for (const auto &b : names)
            sum += static_cast<double>(measure(a, b));
    });
}

template <typename Cached, typename Measure> static void cached(const char *what, Measure measure)
{
    tell(what, n_queries / 8 + 1, [&](const std::string &a) {
        Cached scorer(a);
        for (const auto &b : names)
            sum += static_cast<double>(measure(scorer, b));
    });
}

template <typename Multi, typename Number, typename Measure> static void packed(const char *what, Measure measure)
{
    Multi scorer(names.size());
    for (const auto &name : names)
        scorer.insert(name);
    std::vector<Number> numbers(scorer.result_count());
    tell(what, n_queries, [&](const std::string &a) {
        measure(scorer, numbers, a);
        sum += static_cast<double>(numbers[names.size() / 2]);
    });
}

int main(int n, char **words)
{
    using namespace rapidfuzz;
    if (n < 3)
        return 2;
    std::ifstream file(words[1]);
    for (std::string line; std::getline(file, line);)
        names.push_back(line.substr(0, 16));
    n_queries = std::strtoul(words[2], nullptr, 10);
    pair("pair_jw", [](const auto &a, const auto &b) { return jaro_winkler_similarity(a, b); });
    pair("pair_levenshtein", [](const auto &a, const auto &b) { return levenshtein_distance(a, b); });
    pair("pair_osa", [](const auto &a, const auto &b) { return osa_distance(a, b); });
    cached<CachedJaroWinkler<char>>("cached_jw", [](const auto &s, const auto &b) { return s.similarity(b); });
    cached<CachedLevenshtein<char>>("cached_levenshtein", [](const auto &s, const auto &b) { return s.distance(b); });
    cached<CachedOSA<char>>("cached_osa", [](const auto &s, const auto &b) { return s.distance(b); });
    packed<experimental::MultiJaroWinkler<16>, double>(
        "packed_jw", [](const auto &s, auto &out, const auto &a) { s.similarity(out.data(), out.size(), a); });
    packed<experimental::MultiJaroWinkler<16>, double>(
        "packed_jw.85", [](const auto &s, auto &out, const auto &a) { s.similarity(out.data(), out.size(), a, 0.85); });
    packed<experimental::MultiLevenshtein<16>, size_t>(
        "packed_levenshtein", [](const auto &s, auto &out, const auto &a) { s.distance(out.data(), out.size(), a); });
    packed<experimental::MultiOSA<16>, size_t>(
        "packed_osa", [](const auto &s, auto &out, const auto &a) { s.distance(out.data(), out.size(), a); });
    std::printf("sum %.0f\n", sum);
    return 0;
}
