/** @file Products and turns of small matrices on the host, row-major. */

/**
 * Multiplies two matrices.
 *
 * @shape a [M, R], b [R, K] → [M, K]; sizes are [M, R, K]
 */
export function matrixProduct(a: Float32Array, b: Float32Array, [rows, inner, columns]: readonly [number, number, number]): Float32Array {
  const product = new Float32Array(rows * columns);
  for (let m = 0; m < rows; m++) {
    const row = product.subarray(m * columns, (m + 1) * columns);
    for (let r = 0; r < inner; r++) {
      const factor = a[m * inner + r] ?? 0;
      if (factor === 0) continue;
      const from = r * columns;
      for (let k = 0; k < columns; k++) row[k] = (row[k] ?? 0) + factor * (b[from + k] ?? 0);
    }
  }
  return product;
}

/**
 * Turns a matrix.
 *
 * @shape [rows, columns] → [columns, rows]
 */
export function transposeMatrix(data: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c] ?? 0;
  return turned;
}
