//! Tails and quantiles against scipy 1.17 (`scipy.stats.norm`, `t`, `nct`) and mpmath 1.4, and against closed forms.

use runner::statistics::{
    expected_maximum, normal_quantile, normal_two_sided, normal_upper, power, student_quantile, student_two_sided,
};

use super::near;

#[test]
fn tails_of_students_t_are_right_far_out_and_for_fractions_of_a_degree() {
    // mpmath: betainc(df / 2, 1 / 2, 0, df / (df + t²), regularized=True)
    for (df, t, p) in [
        (1.0, 12.706, 0.050_000_802_358_133_19),
        (2.0, 50.0, 0.000_399_760_159_888_080_57),
        (3.0, 1e4, 2.205_315_502_295_81e-12),
        (4.0, 18.2, 5.360_127_223_406_238_4e-5),
        (4.707_046_721_791_98, 1.379, 0.229_813_528_091_754_6),
        (9.5, 30.0, 9.849_785_969_639_103e-11),
        (1999.0, 8.19, 4.604_388_631_907_119e-16),
        (38.53, 3.0, 0.004_714_224_110_390_129),
        (0.5, 1.0, 0.602_243_221_682_644_2),
        (100_000.0, 7.0, 2.575_655_667_816_006_5e-12),
    ] {
        near(student_two_sided(t, df), p, 1e-11);
        assert_eq!(student_two_sided(-t, df), student_two_sided(t, df));
    }
    assert_eq!(student_two_sided(0.0, 3.0), 1.0);
    assert_eq!(student_two_sided(f64::INFINITY, 3.0), 0.0);
    // Two degrees have a closed form: P(|T| > t) = 1 - t / √(2 + t²), here with its digits kept.
    let t = 1e6_f64;
    let root = (2.0 + t * t).sqrt();
    near(student_two_sided(t, 2.0), 2.0 / (root * (root + t)), 1e-13);
}

#[test]
fn quantiles_of_students_t_are_right_for_any_tail() {
    // scipy: t.isf(tail, df)
    for (df, tail, t) in [
        (1.0, 0.025, 12.706_204_736_174_705),
        (2.0, 0.025, 4.302_652_729_749_464),
        (2.0, 0.05 / 1600.0, 126.485_177_058_916_63),
        (4.7, 0.025, 2.620_726_075_353_170_7),
        (7.0, 0.05 / 800.0, 7.612_264_450_529_458),
        (38.53, 1e-8, 7.042_467_008_024_151),
        (1999.0, 0.025, 1.961_151_420_170_561_8),
    ] {
        near(student_quantile(tail, df), t, 1e-11);
        near(student_two_sided(student_quantile(tail, df), df), 2.0 * tail, 1e-11);
    }
    // One degree is Cauchy's: tan(0.475 π).
    near(student_quantile(0.025, 1.0), libm::tan(0.475 * std::f64::consts::PI), 1e-12);
    assert_eq!(student_quantile(0.5, 3.0), f64::from_bits(1));
}

#[test]
fn the_normal_distribution_is_right_far_out() {
    // scipy: norm.isf(tail), 2 * norm.sf(z)
    for (tail, z) in [
        (0.025, 1.959_963_984_540_054_5),
        (0.05 / 800.0, 3.836_106_931_175_897_3),
        (1e-12, 7.034_483_825_301_131),
        (1e-300, 37.047_096_299_361_2),
    ] {
        near(normal_quantile(tail), z, 1e-13);
    }
    near(normal_two_sided(8.194_584_036_939_86), 2.514_612_348_766_884e-16, 1e-12);
    near(normal_two_sided(-37.0), 1.145_114_244_504_785_3e-299, 1e-12);
    assert_eq!(normal_upper(0.0), 0.5);
}

#[test]
fn power_is_that_of_the_noncentral_t() {
    // scipy: nct.sf(c, df, shift) + nct.cdf(-c, df, shift)
    for (shift, critical, df, expected) in [
        (3.0, 2.0, 5.0, 0.825_205_084_077_934_8),
        (4.5, 4.302_652_7, 2.0, 0.646_007_944_213_746_3),
        (2.8, 1.96, 1999.0, 0.799_502_429_050_845_8),
        (5.0, 2.3, 4.7, 0.987_103_663_008_382_8),
    ] {
        near(power(shift, critical, Some(df)), expected, 1e-9);
    }
    // without a difference, power is the level
    for df in [1.0, 1.3, 2.0, 9.0, 250.0, 5000.0] {
        for level in [0.05, 0.05 / 400.0] {
            near(power(0.0, student_quantile(level / 2.0, df), Some(df)), level, 1e-10);
        }
    }
    near(power(0.0, normal_quantile(0.025), None), 0.05, 1e-13);
}

#[test]
fn the_largest_of_some_normal_numbers_has_its_published_mean() {
    // Closed forms (David and Nagaraja 2003, Order Statistics): 1/√π for two, 3/(2√π) for three; scipy for 400.
    let root = std::f64::consts::PI.sqrt();
    assert!(expected_maximum(1).abs() < 1e-15);
    near(expected_maximum(2), 1.0 / root, 1e-13);
    near(expected_maximum(3), 1.5 / root, 1e-13);
    near(expected_maximum(400), 2.968_178_182_093_694_8, 1e-12);
}
