//! The little linear algebra that calibration needs, in plain loops: the same bits on every machine.

/// The lower triangular factor `L` of a symmetric positive definite matrix `A = L L'`, row by row; `None` when it is not.
#[must_use]
pub fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let rest = matrix[i * n + j] - dot;
            lower[i * n + j] = if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / lower[j * n + j]
            };
        }
    }
    Some(lower)
}

/// Solves `L x = b` in place.
pub fn forward(lower: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| lower[i * n + k] * b[k]).sum();
        b[i] = (b[i] - dot) / lower[i * n + i];
    }
}

/// Solves `L' x = b` in place.
pub fn backward(lower: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| lower[k * n + i] * b[k]).sum();
        b[i] = (b[i] - dot) / lower[i * n + i];
    }
}

/// The product of two vectors.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_multiply_to_the_matrix_and_solve() {
        // L = [2 0; 1 3]: L L' = [4 2; 2 10]
        let lower = cholesky(&[4.0, 2.0, 2.0, 10.0], 2).expect("positive definite");
        assert_eq!(lower, [2.0, 0.0, 1.0, 3.0]);
        let mut b = [4.0, 11.0];
        forward(&lower, &mut b);
        assert_eq!(b, [2.0, 3.0]);
        backward(&lower, &mut b);
        // 2 x + y = 2, 3 y = 3
        assert_eq!(b, [0.5, 1.0]);
        assert_eq!(cholesky(&[1.0, 2.0, 2.0, 1.0], 2), None);
    }
}
